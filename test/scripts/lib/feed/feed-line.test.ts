import { expect, it } from '@jest/globals'

import { feedLine } from '../../../../scripts/lib/feed/feed-line.ts'

it.each([
  [
    { rows: 0, refused: 0, bytes: 0, totalBytes: 1_000, rate: 0 },
    '░░░░░░░░░░░░░░░░░░░░ 0 %  0 rows  0/s  Ctrl-C stops, and the same command goes on',
  ],
  [
    { rows: 12_345, refused: 3, bytes: 509, totalBytes: 1_000, rate: 9_876 },
    '██████████░░░░░░░░░░ 50 %  12,345 rows  9,876/s  3 refused  Ctrl-C stops, and the same command goes on',
  ],
  [
    { rows: 1, refused: 0, bytes: 1_003, totalBytes: 1_000, rate: 1 },
    '████████████████████ 100 %  1 rows  1/s  Ctrl-C stops, and the same command goes on',
  ],
])('%j', (state, line) => {
  expect(feedLine(state)).toBe(line)
})
