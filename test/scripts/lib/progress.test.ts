import { describe, expect, it } from '@jest/globals'

import type { SeriesStatus } from '../../../platform/local/console/series-status.ts'
import type { Status } from '../../../platform/local/console/status.ts'
import { progressLine, progressOf } from '../../../scripts/lib/progress.ts'

const series = (name: string, mse30: number | null): SeriesStatus => ({
  series: name,
  newest: '2026-01-01T00:00:00.000Z',
  rows: 300,
  features: 10,
  predicted: 299,
  scored: 298,
  unscored: 2,
  late: 0,
  perModel: [
    {
      model: 'ridgecv',
      mse30,
      mse300: 1,
      mae: 1,
      scored: 298,
      late: 0,
      unscored: 2,
      lastVersion: 4,
      lastError: 1,
    },
  ],
})

const version = {
  version: 4,
  score: 1,
  trainedThrough: '2026-01-01T00:00:00.000Z',
  uploadedAt: '2026-01-01T00:00:00.000Z',
}

const status: Status = {
  time: '2026-01-01T00:00:00.000Z',
  speed: 1,
  services: [],
  sources: [],
  topics: [
    { topic: 'a', partitions: 1, records: 1, newest: 1, groups: [{ group: 'g', lag: 2 }] },
    { topic: 'b', partitions: 1, records: 1, newest: 1, groups: [{ group: 'g', lag: 1 }] },
  ],
  models: [{ name: 'ridgecv', versions: 5, newest: version, list: [version] }],
  series: [series('mltest', 0.010812)],
  evaluations: [],
  deadLetters: { count: 0, more: false, newest: [] },
  why: null,
}

describe('the line a minute', () => {
  it.each<{ what: string; given: Partial<Status>; line: string }>([
    {
      what: 'rows, predictions, scores, error, version and lag',
      given: {},
      line: 'newest 300 rows: 299 predicted, 298 scored · squared error (30 s) ridgecv 0.0108 · newest ridgecv v4 · lag 3',
    },
    {
      what: 'why there is no score',
      given: { series: [], models: [], topics: [], why: 'No row has arrived yet.' },
      line: 'No row has arrived yet. · lag 0',
    },
    {
      what: 'the error of each series, large ones in whole numbers, and dead letters',
      given: {
        series: [series('a', 12_345.6), series('b', null)],
        deadLetters: { count: 7, more: false, newest: [] },
      },
      line: 'newest 600 rows: 598 predicted, 596 scored · squared error (30 s) a/ridgecv 12346, b/ridgecv – · newest ridgecv v4 · lag 3 · dead letters 7',
    },
  ])('says $what', ({ given, line }) => {
    expect(progressLine(progressOf({ ...status, ...given }))).toBe(line)
  })
})
