import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import type { DeadLetter } from '../../functions/lib/ports/dead-letters.ts'
import { nowcast } from '../support/cli.ts'
import { startConsoleServer } from '../support/console-server.ts'
import type { ConsoleServer } from '../support/console-server.ts'
import { eventLetter, rowLetter } from '../support/letter.ts'
import { startReceiver } from '../support/receiver.ts'
import type { Receiver } from '../support/receiver.ts'

const SLOW_MS = 60_000

let server: ConsoleServer
let receiver: Receiver
beforeEach(async () => {
  server = await startConsoleServer()
  receiver = await startReceiver()
})
afterEach(async () => {
  await receiver.close()
  await server.close()
})

const dead = (...args: string[]) => nowcast(['dead', ...args, '--port', String(server.port)])

/** Stores letters, and answers their ids in the same order. */
async function put(...letters: DeadLetter[]): Promise<string[]> {
  const { deadLetters } = server.database
  for (const letter of letters) await deadLetters.put([letter])
  const stored = await deadLetters.list(1_000)
  return letters.map(({ eventId }) => stored.find((each) => each.eventId === eventId)?.id ?? '')
}

const outcomes = z.array(z.object({ id: z.string(), outcome: z.string() }))

describe('nowcast dead', () => {
  it(
    'lists letters for people: id, age, status, who refused it and why',
    async () => {
      const [event, row] = await put(eventLetter('http://work.shop.svc/'), rowLetter())
      const { stdout } = await dead('list')
      expect(stdout).toMatch(/^letter +stored +status +code +what +refused by +state +reason\n/)
      expect(stdout).toMatch(
        new RegExp(
          `${event} +\\d+ s ago +422 +no-stock +com\\.example\\.order +http://work\\.shop\\.svc/ +waits +nothing is left\n`,
        ),
      )
      expect(stdout).toMatch(
        new RegExp(`${row} +\\d+ s ago +- +not-a-number +a row +persist +waits +"target" is a`),
      )
    },
    SLOW_MS,
  )

  it(
    'shows one letter with everything about it, and nothing that a terminal would act on',
    async () => {
      const [id = ''] = await put(
        eventLetter('http://work.shop.svc/', {
          reason: '\u001b[31mred',
          data: Buffer.from('{"a":["\\u001b[2J"]}'),
        }),
      )
      const { stdout } = await dead('show', id)
      expect(stdout).toMatch(
        new RegExp(`^letter +${id}\nreason +\\\\u001b\\[31mred\ncode +no-stock\n`),
      )
      expect(stdout).toMatch(/\nstatus +422\nattempts +1\nstored +\d{4}-.*Z, \d+ s ago\n/)
      expect(stdout).toMatch(/\nsent again +never\n {2}content-type +application\/json\n/)
      expect(stdout).toMatch(/\n19 bytes:\n\{\n {2}"a": \[\n/)
      expect(stdout).not.toContain('\u001b')
      expect(JSON.parse((await dead('show', id, '--json')).stdout)).toMatchObject({
        id,
        status: 422,
        data: { a: ['\u001b[2J'] },
      })
      expect(await dead('show', 'none')).toMatchObject({
        code: 1,
        stderr: 'there is no dead letter "none"\n',
      })
    },
    SLOW_MS,
  )

  it(
    'sends one again, and a second time says when it was',
    async () => {
      const [id = ''] = await put(eventLetter(receiver.url))
      expect(await dead('redrive', id)).toEqual({
        code: 0,
        stdout: `${id}  was sent again: ${receiver.url} answered 204\n`,
        stderr: '',
      })
      const again = await dead('redrive', id)
      expect(again.code).toBe(0)
      expect(again.stdout).toMatch(new RegExp(`^${id} {2}was sent again already, at \\d{4}-`))
      expect(receiver.requests).toHaveLength(1)
      expect((await dead('show', id)).stdout).toMatch(/\nsent again +once: \d{4}-.* answered 204\n/)
      await dead('redrive', id, '--again')
      expect(receiver.requests).toHaveLength(2)
    },
    SLOW_MS,
  )

  it(
    'sends all that wait and match again, the oldest first',
    async () => {
      const letters = Array.from({ length: 130 }, (_, index) =>
        eventLetter(`${receiver.url}/${index}`, {
          eventId: `e${index}`,
          code: index % 2 === 0 ? 'No-Stock' : 'other',
          reason: '',
        }),
      )
      const ids = await put(...letters)
      await dead('redrive', ids[0] ?? '')
      const would = await dead('redrive', '--all', '--reason', 'no-stock', '--dry-run', '--json')
      const done = outcomes.parse(JSON.parse(would.stdout))
      expect(done).toHaveLength(64)
      expect(new Set(done.map(({ outcome }) => outcome))).toEqual(new Set(['would']))
      expect(new Set(done.map(({ id }) => id))).toEqual(
        new Set(ids.filter((_, index) => index > 0 && index % 2 === 0)),
      )
      const { deadLetters } = server.database
      const oldest = (await deadLetters.list(1_000)).map(({ id }) => id).toReversed()
      expect(done.map(({ id }) => id)).toEqual(
        oldest.filter((id) => done.some((one) => one.id === id)),
      )
      const all = await dead('redrive', '--all')
      expect(all.code).toBe(0)
      expect(receiver.requests).toHaveLength(130)
      expect((await dead('redrive', '--all')).stdout).toBe('no letter to be sent again\n')
    },
    SLOW_MS,
  )

  it(
    'fails and counts when one is refused again, and goes on with the others',
    async () => {
      const ids = await put(
        eventLetter(`${receiver.url}/bad`, { eventId: 'a' }),
        eventLetter('', { eventId: 'b' }),
        eventLetter(`${receiver.url}/good`, { eventId: 'c' }),
      )
      receiver.replyWith(({ path }) =>
        path === '/bad' ? { status: 422, body: '{"detail":"no"}' } : { status: 204 },
      )
      const { code, stdout, stderr } = await dead('redrive', ...ids)
      expect(stdout).toBe(
        [
          `${ids[0]}  is refused again: ${receiver.url}/bad answered 422: no`,
          `${ids[1]}  cannot be sent again: it names no destination`,
          `${ids[2]}  was sent again: ${receiver.url}/good answered 204`,
          '',
        ].join('\n'),
      )
      expect([code, stderr]).toEqual([1, '2 of 3 not sent again\n'])
    },
    SLOW_MS,
  )

  it(
    'stops when nobody answers: the others would wait for nothing',
    async () => {
      const ids = await put(
        eventLetter(receiver.url, { eventId: 'a' }),
        eventLetter(receiver.url, { eventId: 'b' }),
      )
      receiver.replyWith(() => 'cut')
      expect(await dead('redrive', ...ids)).toMatchObject({
        code: 1,
        stderr: '1 of 2 not sent again, 1 not tried\n',
      })
      expect(receiver.requests).toHaveLength(1)
    },
    SLOW_MS,
  )

  it.each([
    [['redrive'], 'say which: ids as `nowcast dead list` names them, or --all'],
    [['redrive', 'a', '--all'], 'say which: ids as'],
    [['redrive', 'a', '--reason', 'x'], '--reason chooses among all letters: give --all with it'],
    [['redrive', 'a', '--kafka', 'h:1'], '--kafka is for letters of a MongoDB (--mongo)'],
    [['show'], "missing required argument 'id'"],
  ])(
    '%j says what is wrong',
    async (args, sentence) => {
      const outcome = await dead(...args)
      expect(outcome).toMatchObject({ code: 2, stdout: '' })
      expect(outcome.stderr).toContain(sentence)
    },
    SLOW_MS,
  )
})
