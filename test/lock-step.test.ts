import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { nowcast } from './support/cli.ts'
import { makeFlowFolder } from './support/flow-folder.ts'
import type { FlowFolder } from './support/flow-folder.ts'

const summaryShape = z.object({
  fact: z.literal('summary'),
  rows: z.number(),
  complete: z.number(),
  scored: z.number(),
  unscored: z.number(),
  models: z.array(z.object({ model: z.string(), scored: z.number(), late: z.number() })),
  digests: z.record(z.string(), z.string()),
})

describe('a run in lock step', () => {
  let folder: FlowFolder
  beforeAll(async () => {
    folder = await makeFlowFolder({ without: [] })
  })
  afterAll(() => folder.remove())

  /** Runs for some virtual time from nothing, and answers what it says of itself at its end. */
  async function run(duration: string, ...more: string[]): Promise<z.infer<typeof summaryShape>> {
    const args = ['--speed', 'max', '--for', duration, '--port', '0', '--json', ...more]
    const { code, stdout, stderr } = await nowcast(['start', folder.path, ...args])
    expect([code, stderr]).toEqual([0, ''])
    const facts = stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    const found = facts.flatMap((fact) => summaryShape.safeParse(fact).data ?? [])
    expect(found).toHaveLength(1)
    return summaryShape.parse(found[0])
  }

  it('makes each sample, trains each minute, scores every row after the first version, and ends', async () => {
    const { rows, complete, scored, unscored, models } = await run('PT3M', '--fresh')
    expect({ rows, complete }).toEqual({ rows: 180, complete: 180 })
    // A model that learns on the stream has something to say from the first row on.
    expect({ scored, unscored }).toEqual({ scored: 180, unscored: 0 })
    // The version of the first full minute is there for the row of that second's successor.
    expect(models).toEqual([
      { model: 'mlp', scored: 120, late: 0 },
      { model: 'online', scored: 180, late: 0 },
      { model: 'ridgecv', scored: 121, late: 0 },
    ])
  }, 60_000)

  it('gives the same stores in each run, bit for bit', async () => {
    const one = await run('PT3M', '--fresh')
    const other = await run('PT3M', '--fresh')
    expect(other).toEqual(one)
    // And another run is told apart.
    const longer = await run('PT3M1S', '--fresh')
    expect(longer.digests['scores']).not.toBe(one.digests['scores'])
  }, 120_000)

  it('goes on where it was', async () => {
    await run('PT1M', '--fresh')
    const { rows, unscored } = await run('PT2M')
    expect({ rows, unscored }).toEqual({ rows: 180, unscored: 0 })
  }, 60_000)

  it.each([
    ['--kafka', 'localhost:1'],
    ['--mongo', 'mongodb://localhost:1/'],
  ])('is refused beside a real server (%s)', async (...real) => {
    const { code, stderr } = await nowcast(['start', folder.path, '--speed', 'max', ...real])
    expect(code).toBe(1)
    expect(stderr).toMatch(/--speed max needs the embedded log and database/)
  })
})
