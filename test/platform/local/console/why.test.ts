import { describe, expect, it } from '@jest/globals'

import type { SeriesStatus } from '../../../../platform/local/console/series-status.ts'
import { whyNoScore } from '../../../../platform/local/console/why.ts'
import type { Situation } from '../../../../platform/local/console/why.ts'
import { service, source } from '../../../support/console-server.ts'

const NOW = Date.UTC(2026, 0, 1)

const series = (rest: Partial<SeriesStatus> = {}): SeriesStatus => ({
  series: 'mltest',
  newest: null,
  rows: 0,
  features: 10,
  predicted: 0,
  scored: 0,
  unscored: 0,
  late: 0,
  perModel: [],
  ...rest,
})

const model = { name: 'ridgecv', version: 3, trainedThrough: '2026-01-01T00:05:00.000Z' }

const ready: Situation = {
  now: NOW,
  speed: 1,
  hasStores: true,
  services: [service('persist'), service('train')],
  sources: [
    source('simulate', { next: NOW + 500 }),
    source('train', { next: NOW + 23_000 }),
    source('persist', { kind: 'KafkaSource' }),
  ],
  series: [],
  models: [],
}

describe('why there is no score', () => {
  it.each<{ when: string; situation: Partial<Situation>; sentence: string | null }>([
    {
      when: 'no database is declared',
      situation: { hasStores: false },
      sentence: 'This folder declares no database, so there are no rows, models or scores.',
    },
    {
      when: 'no Service is declared',
      situation: { services: [] },
      sentence: 'This folder declares no Service, so nothing is computed.',
    },
    {
      when: 'no service is ready',
      situation: { services: [service('persist', 'starting'), service('score', 'starting')] },
      sentence: 'No service is ready yet: persist, score are starting.',
    },
    {
      when: 'the only service is starting',
      situation: { services: [service('persist', 'starting')] },
      sentence: 'No service is ready yet: persist is starting.',
    },
    {
      when: 'a service keeps failing',
      situation: { services: [service('persist'), service('train', 'failing', 4)] },
      sentence: 'train does not start (tried again 4 times): its lines in the terminal say why.',
    },
    {
      when: 'some services are ready and a tick is due',
      situation: { services: [service('persist'), service('score', 'starting')] },
      sentence: 'No row has arrived yet: PingSource simulate fires in 1 s.',
    },
    {
      when: 'the tick is overdue',
      situation: { now: NOW + 600 },
      sentence: 'No row has arrived yet: PingSource simulate fires now.',
    },
    {
      when: 'nothing ticks',
      situation: { sources: [] },
      sentence: 'No row has arrived yet: send one with `npx nowcast send`.',
    },
    {
      when: 'no row is complete',
      situation: { series: [series()] },
      sentence: 'Rows of mltest have arrived, but none has both features and a target yet.',
    },
    {
      when: 'there are too few rows for a model',
      situation: { series: [series({ rows: 7 })] },
      sentence:
        '7 of at least 12 rows that a first model needs (features + 2) are there; PingSource train fires in 23 s.',
    },
    {
      when: 'there are enough rows, at a higher speed',
      situation: { series: [series({ rows: 42 })], speed: 20 },
      sentence:
        '42 rows to learn from and no model yet; PingSource train fires in 23 s, 2 s at speed 20.',
    },
    {
      when: 'there are more rows than are counted',
      situation: { series: [series({ rows: 300 })], sources: [] },
      sentence: '300 rows or more to learn from and no model yet.',
    },
    {
      when: 'a model was just trained',
      situation: { series: [series({ rows: 60 })], models: [model] },
      sentence:
        'ridgecv version 3 is trained: the next row after 2026-01-01T00:05:00.000Z will be predicted and scored.',
    },
    {
      when: 'rows are predicted',
      situation: { series: [series({ rows: 60, predicted: 1 })], models: [model] },
      sentence:
        'The first rows are predicted: they are scored as soon as prediction and target have met.',
    },
    {
      when: 'every score is late',
      situation: { series: [series({ rows: 60, predicted: 1, late: 1 })], models: [model] },
      sentence:
        'Every score so far is late: its model may have learnt the row before it predicted it, so it does not count.',
    },
    {
      when: 'one series has scores, whatever else is wrong',
      situation: {
        series: [series(), series({ rows: 60, scored: 1 })],
        services: [service('score', 'failing')],
      },
      sentence: null,
    },
  ])('when $when', ({ situation, sentence }) => {
    expect(whyNoScore({ ...ready, ...situation })).toBe(sentence)
  })
})
