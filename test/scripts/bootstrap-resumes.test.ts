import { expect, it } from '@jest/globals'

import { openStage } from '../support/cluster/script.ts'
import { subjectOf } from '../support/cluster/subject.ts'

/** A run for each change of a whole bootstrap, on machines that do other things beside. */
const LONG_MS = 300_000

it(
  'bootstrap goes on after a failure at any step, before it took effect or after, and does nothing twice that worked',
  async () => {
    const stage = await openStage()
    const failed = new Set<string>()
    const worked: string[] = []
    stage.cloud.interfere = (change) => {
      const subject = subjectOf(change)
      if (failed.has(subject)) {
        worked.push(subject)
        return undefined
      }
      failed.add(subject)
      return { tookEffect: failed.size % 2 === 0, stderr: 'the line was cut' }
    }
    let outcome = await stage.run('bootstrap', '--project', 'p')
    let runs = 1
    while (outcome.code !== 0 && runs < 40) {
      expect(outcome.stderr).toMatch(/the line was cut\nRun the same command again/)
      outcome = await stage.run('bootstrap', '--project', 'p')
      runs += 1
    }
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(runs).toBe(failed.size + 1)
    // A chart's kinds are applied again before a release that failed: both are one step.
    const once = worked.filter((subject) => !subject.startsWith('of '))
    expect(once).toEqual([...new Set(once)])
    await stage.close()
  },
  LONG_MS,
)
