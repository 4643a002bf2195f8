import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'

import { TOPICS } from '../../../functions/lib/events.ts'
import { common, rows, scores } from '../../../scripts/lib/elk/mappings.ts'
import { STREAMS } from '../../../scripts/lib/elk/names.ts'
import {
  errorDocument,
  featuresDocument,
  predictionDocument,
  targetDocument,
} from '../../support/elastic/documents.ts'
import { parsePipeline, pluginsOf } from '../../support/elastic/logstash-config.ts'
import type { Plugin, Step, Value } from '../../support/elastic/logstash-config.ts'

const text = readFileSync(
  fileURLToPath(new URL('../../../platform/elk/logstash.conf', import.meta.url)),
  'utf8',
)
const { input, filter, output } = parsePipeline(text)
const [kafka, ...otherInputs] = pluginsOf(input)
const [elasticsearch, ...otherOutputs] = pluginsOf(output)

/** The index of the first step that has such a plugin in it. */
function stepOf(is: (plugin: Plugin) => boolean): number {
  return filter.findIndex((step) => pluginsOf([step]).some(is))
}

/** The options of every plugin of a name. */
function optionsOf(steps: readonly Step[], name: string): Readonly<Record<string, Value>>[] {
  return pluginsOf(steps)
    .filter((plugin) => plugin.name === name)
    .map(({ options }) => options)
}

/** From field to field, of every renaming and copying. */
const moved = new Map(
  optionsOf(filter, 'mutate').flatMap(({ rename = {}, copy = {} }) =>
    [rename, copy].flatMap((fields) =>
      Object.entries(fields).map(([from, to]) => [String(to), from]),
    ),
  ),
)

describe('Logstash reads', () => {
  it('both topics, as one group, from the earliest event on', () => {
    expect(otherInputs).toEqual([])
    expect(kafka).toMatchObject({
      name: 'kafka',
      options: {
        bootstrap_servers: 'nowcast-kafka-bootstrap.nowcast.svc:9093',
        topics: ['mltest', 'mlscore'],
        group_id: 'logstash',
        auto_offset_reset: 'earliest',
        auto_create_topics: 'false',
      },
    })
  })

  it('with a password over TLS, and writes neither down', () => {
    expect(kafka?.options).toMatchObject({
      security_protocol: 'SASL_SSL',
      sasl_mechanism: 'SCRAM-SHA-512',
      ssl_truststore_type: 'PKCS12',
      ssl_truststore_location: '/usr/share/logstash/kafka/ca.p12',
      ssl_truststore_password: '${KAFKA_CA_PASSWORD}',
      sasl_jaas_config:
        'org.apache.kafka.common.security.scram.ScramLoginModule required username="${KAFKA_USER}" password="${KAFKA_PASSWORD}";',
    })
    expect(kafka?.options).not.toHaveProperty('ssl_endpoint_identification_algorithm')
  })

  it('nothing twice and nothing less: offsets follow the queue on disk', () => {
    expect(kafka?.options['enable_auto_commit']).toBe('false')
  })

  it('the headers of records, and one copy of their JSON, under a field of its own', () => {
    expect(kafka?.options['decorate_events']).toBe('extended')
    expect(kafka?.options['codec']).toEqual({
      kind: 'plugin',
      name: 'json',
      options: { target: '[data]', ecs_compatibility: 'disabled' },
    })
  })
})

describe('Logstash makes one document of each row', () => {
  it('of every type of event that functions publish to these topics', () => {
    const published = Object.entries(TOPICS)
      .filter(([, topic]) => topic === 'mltest' || topic === 'mlscore')
      .map(([type]) => `"${type.replace('dev.nowcast.', '')}"`)
    const conditions = filter.flatMap((step) =>
      step.kind === 'choice' ? step.branches.map(({ condition }) => condition) : [],
    )
    expect(conditions).toContain(
      `[kind] not in [${published.join(', ')}] or "_jsonparsefailure" in [tags]`,
    )
  })

  it("by the event's type, or by the key of a plain record", () => {
    expect(filter[0]).toEqual({
      kind: 'choice',
      branches: [
        {
          condition: '[@metadata][kafka][headers][ce_type]',
          body: [
            {
              kind: 'plugin',
              name: 'mutate',
              options: { copy: { '[@metadata][kafka][headers][ce_type]': 'kind' } },
            },
            {
              kind: 'plugin',
              name: 'mutate',
              options: { gsub: ['kind', String.raw`^dev\.nowcast\.`, ''] },
            },
          ],
        },
        {
          condition: '',
          body: [
            {
              kind: 'plugin',
              name: 'mutate',
              options: { copy: { '[@metadata][kafka][key]': 'kind' } },
            },
          ],
        },
      ],
    })
  })

  it('and copies no list of rows into each of them', () => {
    expect(optionsOf(filter, 'split')).toEqual([{ field: '[data][rows]' }])
  })

  it('at the time of the row, in UTC unless it says otherwise', () => {
    expect(optionsOf(filter, 'date')).toEqual([
      {
        match: ['[row][timestamp]', 'ISO8601'],
        timezone: 'UTC',
        tag_on_failure: ['_timestampunreadable'],
      },
    ])
  })

  it('of the series of the row, else of the event, else mltest', () => {
    const series = filter.find(
      (step) => step.kind === 'choice' && step.branches[0]?.condition === '[row][series]',
    )
    expect(series).toMatchObject({
      branches: [
        { body: [{ options: { rename: { '[row][series]': 'series' } } }] },
        {
          condition: '[@metadata][kafka][headers][ce_subject]',
          body: [{ options: { copy: { '[@metadata][kafka][headers][ce_subject]': 'series' } } }],
        },
        { condition: '', body: [{ options: { add_field: { series: 'mltest' } } }] },
      ],
    })
  })

  it('with features in one field, without the timestamp', () => {
    expect(moved.get('features')).toBe('[row]')
    expect(optionsOf(filter, 'mutate')).toContainEqual({
      remove_field: ['[features][timestamp]'],
    })
  })

  it('with every field that is mapped, and no field that is not', () => {
    const made = [...moved.keys(), '@timestamp', 'series', 'kind', 'data_stream']
      .map((field) => field.replace(/^\[([^\]]+)\].*/, '$1'))
      .filter((field) => !['@metadata', 'row'].includes(field))
    const byPipeline = ['squared_error', 'model_version']
    const mapped = Object.keys({ ...common, ...rows, ...scores })
    expect([...new Set(made)].toSorted()).toEqual(
      mapped.filter((field) => !byPipeline.includes(field)).toSorted(),
    )
  })

  it.each(['id', 'source', 'type', 'subject', 'time', 'specversion', 'partitionkey', 'dataschema'])(
    'with the attribute %s of its CloudEvent',
    (attribute) => {
      expect(moved.get(`[cloudevent][${attribute}]`)).toBe(
        `[@metadata][kafka][headers][ce_${attribute}]`,
      )
    },
  )

  it('after the attributes have said what the row is', () => {
    const moving = stepOf(({ options }) => JSON.stringify(options).includes('[cloudevent][id]'))
    const identifying = stepOf(({ name }) => name === 'fingerprint')
    expect(moving).toBeGreaterThan(identifying)
    expect(identifying).toBeGreaterThan(stepOf(({ name }) => name === 'date'))
  })
})

describe('Logstash writes', () => {
  it('documents of the shape that the tests of the dashboard index', () => {
    const written = new Set(['@timestamp', 'data_stream', 'kind', 'series', ...moved.keys()])
    const at = '2026-11-22T12:00:00.000Z'
    const samples = [
      featuresDocument(at, { feat_0: 1 }),
      targetDocument(at, 1),
      predictionDocument(at, 1),
      errorDocument(at, { error: 1, version: 1 }),
    ]
    const unknown = samples.flatMap(({ document }) =>
      Object.entries(document).flatMap(([name, value]) => {
        const below = typeof value === 'object' && ['cloudevent', 'kafka'].includes(name)
        const names = below ? Object.keys(value ?? {}).map((part) => `[${name}][${part}]`) : [name]
        return names.filter((field) => !written.has(field))
      }),
    )
    expect(unknown).toEqual([])
  })

  it('each of them once: its id is made of what it says', () => {
    expect(optionsOf(filter, 'fingerprint')).toEqual([
      {
        method: 'SHA256',
        concatenate_sources: 'true',
        source: [
          'kind',
          'series',
          '@timestamp',
          'model',
          'version',
          'horizon',
          'features',
          'target',
        ],
        target: '[@metadata][id]',
      },
    ])
    expect(elasticsearch?.options).toMatchObject({
      document_id: '%{[@metadata][id]}',
      silence_errors_in_log: ['version_conflict_engine_exception'],
    })
  })

  it('to the data streams that elk.ts makes', () => {
    expect(otherOutputs).toEqual([])
    const datasets = optionsOf(filter, 'mutate').flatMap(({ add_field: added = {} }) =>
      Object.entries(added).flatMap(([field, value]) =>
        field === '[data_stream][dataset]' ? [value] : [],
      ),
    )
    expect(elasticsearch?.options).toMatchObject({
      data_stream: 'true',
      data_stream_type: 'metrics',
      data_stream_namespace: 'default',
      manage_template: 'false',
    })
    const names = Object.values(STREAMS).map((name) => name.replace(/^metrics-|-default$/g, ''))
    expect(new Set(datasets)).toEqual(new Set(names))
  })

  it('over TLS, with the login that the operator gives it', () => {
    expect(elasticsearch?.options).toMatchObject({
      hosts: ['${NOWCAST_ES_HOSTS}'],
      user: '${NOWCAST_ES_USER}',
      password: '${NOWCAST_ES_PASSWORD}',
      ssl_enabled: 'true',
      ssl_certificate_authorities: ['${NOWCAST_ES_SSL_CERTIFICATE_AUTHORITY}'],
    })
    expect(elasticsearch?.options).not.toHaveProperty('ssl_verification_mode')
  })

  it('with options that its plugin allows beside data_stream', () => {
    // logstash-output-elasticsearch 12.1.3 refuses to start with `index`, `action => index` or a template.
    const refused = [
      'index',
      'template',
      'template_name',
      'ilm_enabled',
      'version',
      'routing_field',
    ]
    expect(refused.filter((name) => name in (elasticsearch?.options ?? {}))).toEqual([])
  })
})

describe('the reader of pipelines', () => {
  it.each([
    ['filter { mutate { } ', 'line 1: a name expected, found ""'],
    ['filter {\n  mutate { copy { } }\n}', 'line 2: "=>" expected, found "{ } }\\n}"'],
    ['fliter { }', 'line 1: input, filter or output expected, found " { }"'],
    ['filter { mutate { id => "a" id => "b" } }', 'id is set twice'],
  ])('refuses %j', (source, message) => {
    expect(() => parsePipeline(source)).toThrow(message)
  })
})
