import { expect, it } from '@jest/globals'
import { createLoad } from '../../../../../../platform/local/parts/service/autoscaling/load.ts'

it('averages what was there at once over the time, and counts what came', () => {
  const load = createLoad(0)
  load.arrive(0)
  load.arrive(500)
  load.leave(750)
  expect(load.report(1_000)).toEqual({ concurrency: 1.25, perSecond: 2 })
  expect(load.current).toBe(1)
  load.leave(1_500)
  expect(load.report(2_000)).toEqual({ concurrency: 0.5, perSecond: 0 })
  expect(load.report(3_000)).toEqual({ concurrency: 0, perSecond: 0 })
})

it('counts what stays for several reports in each', () => {
  const load = createLoad(0)
  load.arrive(100)
  expect(load.report(500)).toEqual({ concurrency: 0.8, perSecond: 2 })
  expect(load.report(1_000)).toEqual({ concurrency: 1, perSecond: 0 })
})

it('tells what is there when no time has passed', () => {
  const load = createLoad(0)
  load.arrive(0)
  expect(load.report(0)).toEqual({ concurrency: 1, perSecond: 1 })
})
