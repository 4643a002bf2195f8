import { afterEach, beforeEach, expect, it } from '@jest/globals'

import { rowsToTake } from '../../../functions/train/rows-to-take.ts'
import { onlineModel } from '../../support/declared.ts'
import { openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'
import { storedRow } from './training.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench.close())

it('takes fewer rows of a backlog at a time where each has many features', async () => {
  const features = Object.fromEntries(Array.from({ length: 400 }, (_, j) => [`f${j}`, j]))
  await bench.database.rows.merge(
    Array.from({ length: 2_500 }, (_, second) => storedRow(second, { features, target: second })),
  )
  const sizes: number[] = []
  let through: string | null = null
  let isUnfinished = true
  while (isUnfinished) {
    const next = await rowsToTake(bench.database.rows, onlineModel(), through, () => true)
    sizes.push(next.taken.length)
    through = next.taken.at(-1)?.timestamp ?? through
    isUnfinished = next.isUnfinished
  }
  expect(sizes).toEqual([2_000, 500])
}, 30_000)
