import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { parse, parseDocument } from 'yaml'
import { z } from 'zod'
import { manifestFiles } from '../platform/local/manifests/files.ts'
import { kafkaSource } from '../platform/local/manifests/kinds/kafka-source.ts'
import { readManifests } from '../platform/local/manifests/read.ts'
import { type Document, parseDocuments } from './support/kustomize.ts'
import { faults, SCHEMAS_ELSEWHERE, whyUnchecked } from './support/manifest-schemas.ts'
import { readOne } from './support/parse-kind.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

const CREDENTIALS = 'platform/secrets.yaml'

const documents = (await manifestFiles(root)).flatMap((file) =>
  // A list declares credentials, and is no document of Kubernetes.
  parseDocuments(file === CREDENTIALS ? '' : readFileSync(join(root, file), 'utf8')).map(
    (document) => ({ name: `${file}: ${document.kind} ${document.metadata.name}`, document }),
  ),
)

describe('every manifest is valid on a cluster', () => {
  for (const { name, document } of documents) {
    const why = whyUnchecked(document.kind)
    const check = why === undefined ? it : it.skip
    check(why === undefined ? name : `${name} (${why})`, () => {
      expect(faults(document)).toEqual([])
    })
  }
})

describe('the schemas refuse', () => {
  const kinds = new Set(documents.map(({ document }) => document.kind))
  const first = (kind: string): Document => {
    const found = documents.find(({ document }) => document.kind === kind)
    if (found === undefined) throw new Error(`no manifest is a ${kind}`)
    return found.document
  }

  const withSpec = [...kinds].filter(
    (kind) => first(kind)['spec'] !== undefined && !SCHEMAS_ELSEWHERE.includes(kind),
  )
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
    ['NetworkPolicy', ['spec', 'podSelecter'], {}, 'must NOT have additional properties'],
    ['PodDisruptionBudget', ['spec', 'maxUnavailable'], [], 'must be integer,string'],
    ['StorageClass', ['provisoner'], 'a', 'must NOT have additional properties'],
    ['ComputeClass', ['spec', 'whenUnsatisfiable'], 'Wait', 'must be equal to one of'],
    [
      'KnativeServing',
      ['spec', 'ingress', 'kourier', 'serviceType'],
      'ClusterIP',
      'must NOT have additional properties',
    ],
    ['KnativeEventing', ['spec', 'source', 'redis'], {}, "must have required property 'enabled'"],
    ['KafkaUser', ['metadata', 'lables'], {}, 'must NOT have additional properties'],
  ])('a %s with %j: %j', (kind, path, value, fault) => {
    const document = parseDocument(JSON.stringify(first(kind)))
    document.setIn(path, value)
    expect(parseDocuments(String(document)).flatMap(faults).join()).toContain(fault)
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

  const kustomizations = globSync('{functions,eventing,platform}/**/kustomization.yaml', {
    cwd: root,
    exclude: ['platform/{overlays,components}/**'],
  })
  it.each(kustomizations)('%s names every manifest below it', async (file) => {
    const folder = join(root, dirname(file))
    const { resources } = z
      .looseObject({ resources: z.array(z.string()) })
      .parse(parse(readFileSync(join(root, file), 'utf8')))
    expect(resources.toSorted()).toEqual((await manifestFiles(folder)).toSorted())
    expect(resources.filter((name) => !existsSync(join(folder, name)))).toEqual([])
  })
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
