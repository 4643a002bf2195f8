import { expect, it } from '@jest/globals'
import { pauseAfter } from '../../../../../platform/local/parts/service/pauses.ts'

it.each([
  [1, 0],
  [2, 1_000],
  [3, 2_000],
  [6, 16_000],
  [7, 30_000],
  [5_000, 30_000],
])('pauses after %d failures in a row for %d ms', (failures, ms) => {
  expect(pauseAfter(failures)).toBe(ms)
})
