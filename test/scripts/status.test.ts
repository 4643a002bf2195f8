import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'

import type { State } from '../support/cluster/cloud.ts'
import { bootstrapped, openStage } from '../support/cluster/script.ts'
import type { Stage } from '../support/cluster/script.ts'

const GOOGLE = ['--project', 'p']
/** Processes in turn, on machines that do other things beside. */
const LONG_MS = 120_000

let begin: State
let stage: Stage
beforeAll(async () => {
  begin = await bootstrapped()
}, LONG_MS)
beforeEach(async () => {
  stage = await openStage(begin)
})
afterEach(async () => {
  await stage.close()
})

describe('status', () => {
  it(
    'says in tables what is ready, where it is, how far behind, on which disks, and what it costs',
    async () => {
      const { code, stdout, stderr } = await stage.run('status', ...GOOGLE)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/^strimzi-kafka-operator +1\/1/m)
      expect(stdout).toMatch(/^kafka +(\d+)\/\1/m)
      expect(stdout).toMatch(/^predict +http:\/\/predict\.example/m)
      expect(stdout).toMatch(/^persist on mltest +7$/m)
      expect(stdout).toMatch(/^data-nowcast-brokers-0 +100Gi fast/m)
      expect(stdout).toMatch(/^\$\d+ a month, roughly: cluster \$73/m)
      expect(stage.cloud.changes()).toEqual([])
    },
    LONG_MS,
  )

  it(
    'says the same as JSON',
    async () => {
      const { stdout } = await stage.run('status', '--json', ...GOOGLE)
      expect(JSON.parse(stdout)).toMatchObject({
        context: 'gke_p_us-central1_nowcast',
        parts: expect.arrayContaining([expect.objectContaining({ part: 'mongodb', missing: [] })]),
        lags: expect.arrayContaining([{ group: 'persist', topic: 'mltest', lag: 7 }]),
        cost: { diskGib: 100, processors: 0.5, memoryGib: 2 },
      })
    },
    LONG_MS,
  )

  it(
    'says what is missing on a cluster with nothing on it',
    async () => {
      const empty = await openStage()
      const { code, stdout } = await empty.run('status', '--context', 'kind-one')
      await empty.close()
      expect(code).toBe(0)
      expect(stdout).toMatch(/^eck-operator +0\/1 +version 3\.5\.0 is not installed/m)
      expect(stdout).toMatch(/^functions +0\/\d+ +\w+ \w+: is not there \(and \d+ more\)/m)
    },
    LONG_MS,
  )

  it(
    'says why nobody knows the lag, and everything else all the same',
    async () => {
      stage.cloud.brokersAnswer = false
      const { code, stdout } = await stage.run('status', ...GOOGLE)
      expect(code).toBe(0)
      expect(stdout).toContain('records behind: nowcast-brokers-0 does not say: no certificate')
      expect(stdout).toMatch(/a month, roughly/)
    },
    LONG_MS,
  )
})
