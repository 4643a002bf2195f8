import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'

import { ELASTIC_RULES, shapeOf } from '../../support/elastic/rules.ts'
import { parseDocuments, render, WHY_NOT_RENDERED } from '../../support/kustomize.ts'

const whenRendered = WHY_NOT_RENDERED === undefined ? describe : describe.skip
const why = WHY_NOT_RENDERED === undefined ? '' : ` (${WHY_NOT_RENDERED})`
const OVERLAYS = ['dev', 'production']
const folderOf = (overlay: string) => `platform/overlays/${overlay}/elk`

whenRendered(`Elasticsearch, Kibana and Logstash${why}`, () => {
  describe.each(OVERLAYS)('in the overlay %s', (overlay) => {
    it.each(ELASTIC_RULES.map((rule) => [rule.promise, rule] as const))('%s', async (_, rule) => {
      expect(rule.faults(await render(folderOf(overlay)))).toEqual([])
    })

    it('bring their pipeline with them', async () => {
      const documents = await render(folderOf(overlay))
      const { data } = z
        .looseObject({ data: z.record(z.string(), z.string()) })
        .parse(documents.find(({ metadata }) => metadata.name === 'logstash-pipeline'))
      const file = new URL('../../../platform/elk/logstash.conf', import.meta.url)
      expect(data).toEqual({ 'logstash.conf': readFileSync(file, 'utf8') })
    })
  })

  it('have nodes for masters, data and ingest in production, on the two classes of disks', async () => {
    expect(shapeOf(await render(folderOf('production')))).toEqual({
      nodes: [
        { name: 'master', count: 3, roles: ['master'] },
        { name: 'data', count: 3, roles: ['data'] },
        { name: 'ingest', count: 2, roles: ['ingest'] },
      ],
      disks: [
        ['master', 'fast'],
        ['data', 'fast'],
        ['ingest', 'slow'],
        ['logstash-data', 'slow'],
        ['queue', 'fast'],
        ['dead-letters', 'slow'],
      ],
    })
  })

  it("have one node in dev, on disks of the cluster's own class", async () => {
    expect(shapeOf(await render(folderOf('dev')))).toEqual({
      nodes: [{ name: 'default', count: 1, roles: undefined }],
      disks: [
        ['default', undefined],
        ['logstash-data', undefined],
        ['queue', undefined],
        ['dead-letters', undefined],
      ],
    })
  })

  const elasticsearch = ['Elasticsearch', 'spec']
  const kibana = ['Kibana', 'spec']
  const logstash = ['Logstash', 'spec']
  const container = ['podTemplate', 'spec', 'containers', 0]
  it.each([
    [[...elasticsearch, 'http', 'tls', 'selfSignedCertificate', 'disabled'], true, /without TLS/],
    [[...elasticsearch, 'nodeSets', 0, 'config', 'xpack.security.enabled'], false, /operator's/],
    [[...kibana, 'http', 'service', 'spec', 'type'], 'LoadBalancer', /another type/],
    [[...logstash, 'services'], [{ name: 'beats' }], /nobody calls it/],
    [
      [...elasticsearch, 'volumeClaimDeletePolicy'],
      'DeleteOnScaledownAndClusterDeletion',
      /its disks/,
    ],
    [[...kibana, 'version'], '9.4.2', /the versions 9\.4\.3, 9\.4\.2, 9\.4\.3/],
    [
      [...logstash, ...container, 'resources', 'requests', 'memory'],
      '1Gi',
      /logstash may be given less/,
    ],
    [[...logstash, 'config', 'queue.type'], 'memory', /in memory/],
    [[...logstash, 'config', 'queue.max_bytes'], '10gb', /path\.queue has no disk/],
    [[...logstash, 'config', 'path.dead_letter_queue'], '/tmp', /path\.dead_letter_queue has no/],
    [[...kibana, 'podTemplate', 'spec', 'initContainers'], [], /elastic-internal-init/],
    [[...kibana, 'config', 'telemetry.optIn'], true, /telemetry\.optIn/],
    [['NetworkPolicy kibana', 'spec', 'ingress'], [{}], /Kibana lets somebody in/],
    [['NetworkPolicy logstash', 'spec', 'egress'], [{}], /Logstash reaches addresses outside/],
    [
      ['NetworkPolicy elasticsearch', 'spec', 'policyTypes'],
      ['Ingress'],
      /Elasticsearch's policy leaves/,
    ],
    [
      ['NetworkPolicy logstash', 'spec', 'podSelector', 'matchLabels'],
      {},
      /Logstash has 0 network policies/,
    ],
  ])('are caught with %j: %j', async ([which = '', ...path], value, fault) => {
    const [kind, name = 'nowcast'] = String(which).split(' ')
    const planted = (await render(folderOf('production'))).map((document) => {
      if (document.kind !== kind || document.metadata.name !== name) return document
      const [changed] = parseAllDocuments(JSON.stringify(document))
      changed?.setIn(path, value)
      return parseDocuments(String(changed))[0] ?? document
    })
    const faults = ELASTIC_RULES.flatMap((rule) => rule.faults(planted))
    expect(faults).toEqual([expect.stringMatching(fault)])
  })
})

describe('the Secrets that Elasticsearch and Logstash read', () => {
  const list = z.array(z.looseObject({ name: z.string(), keys: z.record(z.string(), z.unknown()) }))
  const read = (file: string) =>
    readFileSync(fileURLToPath(new URL(`../../../platform/${file}`, import.meta.url)), 'utf8')
  const credentials = new Map(
    list
      .parse(parse(read('secrets.yaml')).filter((entry: object) => 'keys' in entry))
      .map(({ name, keys }) => [name, Object.keys(keys)]),
  )

  it('are generated with the keys that their pods ask for', () => {
    const asked = [...read('elk/logstash.yaml').matchAll(/^ +(?:key:|- key:) (\S+)$/gm)]
    expect(asked.map(([, key]) => key)).toEqual(['user', 'password', 'ca.password', 'ca.p12'])
    expect(credentials.get('kafka-logstash')).toEqual(
      expect.arrayContaining(['user', 'password', 'ca.password', 'ca.p12']),
    )
  })

  it('are generated with the keys that ECK reads of a user', () => {
    expect(read('elk/elasticsearch.yaml')).toContain('- secretName: elastic-viewer')
    expect(credentials.get('elastic-viewer')).toEqual(['username', 'password', 'roles'])
  })
})
