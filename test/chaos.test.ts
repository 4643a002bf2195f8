import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { backends, TAKE_DEADLINE_MS } from './support/backends.ts'
import { nowcast } from './support/cli.ts'

const EVENTS = 200
const RUN_MS = 300_000

const reportShape = z.looseObject({
  lost: z.number(),
  doubled: z.number(),
  different: z.number(),
  missing: z.array(z.string()),
  stored: z.record(z.string(), z.number()),
  faults: z.record(z.string(), z.number()),
  first: z.array(z.unknown()),
})

describe.each(backends)(`chaos over ${EVENTS} events, on $name`, (backend) => {
  if (backend.skipped !== undefined) {
    it.skip(`is not tested: ${backend.skipped}`, () => undefined)
    return
  }

  it(
    'loses nothing, doubles nothing, changes nothing, and everything planned happens',
    async () => {
      const taken = await backend.take()
      try {
        const args = ['--events', String(EVENTS), '--seed', '1', '--json', ...backend.args]
        const { code, stdout, stderr } = await nowcast(['chaos', ...args])
        expect(stderr).toBe('')
        const { lost, doubled, different, missing, stored, first } = reportShape.parse(
          JSON.parse(stdout),
        )
        expect({ lost, doubled, different, missing, first }).toEqual({
          lost: 0,
          doubled: 0,
          different: 0,
          missing: [],
          first: [],
        })
        expect(stored).toMatchObject({ row: 93, score: 62, version: 3 })
        expect(code).toBe(0)
      } finally {
        await taken.release()
      }
    },
    TAKE_DEADLINE_MS + RUN_MS,
  )
})

it.each([
  [['--events', '10'], 'from 120 to 100000'],
  [['--seed', 'x'], 'whole number'],
  [['--mongo', 'mongodb://db.example.org/'], 'on this machine'],
])('chaos %j says what it needs', async (args, reason) => {
  const { code, stderr } = await nowcast(['chaos', ...args])
  expect(code).not.toBe(0)
  expect(stderr).toContain(reason)
})
