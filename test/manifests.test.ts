import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { manifestFiles } from '../platform/local/manifests/files.ts'
import { kafkaSource } from '../platform/local/manifests/kinds/kafka-source.ts'
import { readManifests } from '../platform/local/manifests/read.ts'
import { kindSchemas } from './support/kind-schemas.ts'
import { readOne } from './support/parse-kind.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Their schemas are under licences that keep them out of this repository. */
const SCHEMAS_ELSEWHERE = ['MongoDBCommunity', 'Elasticsearch', 'Kibana', 'Logstash']
const WHY_SKIPPED = 'its schema is not ours to keep: set NOWCAST_SHARED to a folder with crds/'

const shared = env['NOWCAST_SHARED']
const folders = [join(root, 'test/crds'), ...(shared === undefined ? [] : [join(shared, 'crds')])]
const schemas = kindSchemas(folders)

const header = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})
type Named = z.output<typeof header>

const documents = (await manifestFiles(root)).flatMap((file) =>
  parseAllDocuments(readFileSync(join(root, file), 'utf8'))
    .map((document): unknown => document.toJS())
    // A list declares credentials, and is no document of Kubernetes.
    .filter((value) => value !== null && !Array.isArray(value))
    .map((value) => {
      const document = header.parse(value)
      const { kind, metadata } = document
      return { name: `${file}: ${kind} ${metadata.name}`, document }
    }),
)

/** What an API server would refuse a document for. */
function faults(document: Named): string[] {
  const validate = schemas.get(`${document.apiVersion} ${document.kind}`)
  if (validate === undefined) return [`no schema of ${document.apiVersion} ${document.kind}`]
  validate(document)
  return validate.errors?.map((error) => `${error.instancePath} ${error.message}`) ?? []
}

describe('every manifest is valid on a cluster', () => {
  for (const { name, document } of documents) {
    const isElsewhere = shared === undefined && SCHEMAS_ELSEWHERE.includes(document.kind)
    const check = isElsewhere ? it.skip : it
    check(isElsewhere ? `${name} (${WHY_SKIPPED})` : name, () => {
      expect(faults(document)).toEqual([])
    })
  }
})

describe('the schemas refuse', () => {
  const kinds = new Set(documents.map(({ document }) => document.kind))
  const withSpec = [...kinds].filter(
    (kind) => kind !== 'ConfigMap' && !SCHEMAS_ELSEWHERE.includes(kind),
  )
  const first = (kind: string): Named =>
    header.parse(documents.find(({ document }) => document.kind === kind)?.document)

  it.each(withSpec)('an unknown field of a %s', (kind) => {
    const document = first(kind)
    const spec = { ...z.looseObject({}).parse(document['spec']), typo: 1 }
    expect(faults({ ...document, spec })).toEqual(['/spec must NOT have additional properties'])
  })

  it.each([
    ['KafkaSource', ['spec', 'delivery', 'retries'], 3, 'must NOT have additional properties'],
    ['KafkaSource', ['spec', 'delivery', 'retry'], 'three', 'must be integer'],
    [
      'Service',
      ['spec', 'template', 'spec', 'containers', 0, 'comand'],
      [],
      'must NOT have additional properties',
    ],
    [
      'Service',
      ['spec', 'template', 'spec', 'containers', 0, 'env'],
      [{ name: 'A' }, { name: 'A' }],
      'must pass "x-kubernetes-list-map-keys" keyword validation',
    ],
    ['Kafka', ['spec', 'kafka', 'replicas'], 3, 'must NOT have additional properties'],
    ['KafkaTopic', ['spec', 'partitions'], 0, 'must be >= 1'],
    ['ConfigMap', ['data', 'a'], 1, 'must be string'],
    ['KafkaUser', ['metadata', 'lables'], {}, 'must NOT have additional properties'],
  ])('a %s with %j: %j', (kind, path, value, fault) => {
    const document = parseAllDocuments(JSON.stringify(first(kind)))[0]
    document?.setIn(path, value)
    expect(faults(header.parse(document?.toJS())).join()).toContain(fault)
  })

  it('a version that a cluster of today does not serve', () => {
    const old = { ...first('KafkaTopic'), apiVersion: 'kafka.strimzi.io/v1beta2' }
    expect(faults(old)).toEqual(['no schema of kafka.strimzi.io/v1beta2 KafkaTopic'])
  })
})

describe('the manifests together', () => {
  it('are read by the local platform without a problem: every reference resolves', async () => {
    await expect(readManifests(root)).resolves.toBeDefined()
  })

  it('keep functions, eventing, Kafka and MongoDB in one namespace', () => {
    const namespaces = documents
      .filter(({ name }) => /^(functions|eventing|platform\/(kafka|mongodb))\//.test(name))
      .map(({ document }) => document.metadata.namespace)
    expect([...new Set(namespaces)]).toEqual(['nowcast'])
  })

  it.each(globSync('{functions,eventing,platform}/**/kustomization.yaml', { cwd: root }))(
    '%s names every manifest below it',
    async (file) => {
      const folder = join(root, dirname(file))
      const { resources } = z
        .looseObject({ resources: z.array(z.string()) })
        .parse(parse(readFileSync(join(root, file), 'utf8')))
      expect(resources.toSorted()).toEqual((await manifestFiles(folder)).toSorted())
      expect(resources.filter((name) => !existsSync(join(folder, name)))).toEqual([])
    },
  )
})

describe('every KafkaSource', () => {
  const sources = documents
    .filter(({ document }) => document.kind === 'KafkaSource')
    .map(({ document }) => readOne('KafkaSource', kafkaSource, JSON.stringify(document)))

  it.each(sources.map((source) => [source.name, source] as const))(
    '%s retries, in a named group, from the earliest event on',
    (_, { delivery, consumerGroup, initialOffset }) => {
      expect(delivery?.retry).toBeGreaterThanOrEqual(60)
      expect(delivery).toMatchObject({
        backoffPolicy: 'linear',
        backoffDelayMs: 1_000,
        timeoutMs: 60_000,
      })
      expect(consumerGroup).toBeDefined()
      expect(initialOffset).toBe('earliest')
    },
  )

  it.each(sources.map((source) => [source.name, source] as const))(
    '%s sends what it cannot deliver to mldead, unless it comes from there',
    (_, { delivery, topics }) => {
      const sink = topics.includes('mldead') ? undefined : 'mldead'
      expect(delivery?.deadLetterSink?.ref?.name).toBe(sink)
    },
  )
})
