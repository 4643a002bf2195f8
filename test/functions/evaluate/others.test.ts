import { afterEach, beforeEach, expect, it } from '@jest/globals'

import { openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'
import { evaluationIn, scored, scoreOf, seconds } from './stream.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench.close())

it('knows the newest hundred of the models that are not declared, and every declared one', async () => {
  const namedAnew = (second: number) => [
    scoreOf(second, 'constant', 1),
    scoreOf(second, `run_${second}`, 1),
  ]
  await scored(bench, [scoreOf(0, 'ridgecv', 1), ...namedAnew(0)])
  await scored(bench, seconds(1, 250).flatMap(namedAnew))
  const { horizons, watches, rows } = await evaluationIn(bench)
  expect(rows).toBeGreaterThan(200)
  const others = seconds(rows - 99, rows).map((second) => `run_${second}`)
  expect(Object.keys(watches).toSorted()).toEqual(['constant', 'ridgecv', ...others].toSorted())
  expect(Object.keys(horizons).toSorted()).toEqual(
    ['online', ...Object.keys(watches)].map((name) => `${name}/0`).toSorted(),
  )
  expect(horizons['constant/0']?.metrics.all.count).toBe(rows)
})

it('goes on to know no more of them when scores come of rows that were passed', async () => {
  await scored(
    bench,
    seconds(0, 20).map((second) => scoreOf(second, 'ridgecv', 1)),
  )
  for (const run of ['a', 'b', 'c', 'd', 'e', 'f']) {
    await scored(
      bench,
      seconds(0, 20).map((second) => scoreOf(second, `${run}_${second}`, 1)),
    )
  }
  const { horizons } = await evaluationIn(bench)
  const others = Object.keys(horizons).filter((key) => !/^(ridgecv|online)\//.test(key))
  expect(others).toHaveLength(100)
})
