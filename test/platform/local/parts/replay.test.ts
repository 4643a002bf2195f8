import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { Addressable } from '../../../../platform/local/exchange.ts'
import { lockStep } from '../../../../platform/local/lock-step.ts'
import { openPast, startReplay } from '../../../../platform/local/parts/replay.ts'
import type { Moment } from '../../../../platform/local/parts/replay.ts'

const BEGIN = Date.UTC(2011, 0, 1)
const HOUR = 3_600_000

async function* hours(...of: number[]): AsyncGenerator<Moment, void> {
  for (const hour of of) {
    const attributes = { specversion: '1.0', id: `${hour}`, source: '/past', type: 'hour' }
    yield { time: BEGIN + hour * HOUR, events: [{ attributes, data: Buffer.from('{}') }] }
  }
}

let stateFolder: string
beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'nowcast-'))
})
afterEach(() => rm(stateFolder, { recursive: true }))

const open = (moments: AsyncIterable<Moment, void>, name = 'hours.csv', isUsed = false) =>
  openPast({ name, moments, sink: 'nowcast/mltest' }, { stateFolder, isUsed })

/** Replays in lock step from some hour on; answers the hour of the clock and the id of each event that was sent. */
async function replay(moments: AsyncIterable<Moment, void>, { from = 0, status = 202 } = {}) {
  const clock = lockStep({ start: BEGIN + from * HOUR, jumps: true })
  const sent: string[] = []
  const sink: Addressable = {
    url: 'http://sink',
    async send({ headers }) {
      sent.push(`${(clock.now() - BEGIN) / HOUR}: ${String(headers['ce-id'])}`)
      return { status, headers: {}, body: Readable.from(['no room']) }
    },
  }
  const running = startReplay(await open(moments), { clock, sink })
  clock.begin()
  return { ...running, sent }
}

describe('a replay', () => {
  it('sends each moment at its time', async () => {
    const { ended, sent } = await replay(hours(0, 1, 1, 30))
    await ended
    expect(sent).toEqual(['0: 0', '1: 1', '1: 1', '30: 30'])
  })

  it('sends what comes late in its file at once', async () => {
    const { ended, sent } = await replay(hours(0, 5, 2, 6))
    await ended
    expect(sent).toEqual(['0: 0', '5: 5', '5: 2', '6: 6'])
  })

  it('goes on at the time of the clock', async () => {
    const { ended, sent } = await replay(hours(0, 1, 2, 3), { from: 2 })
    await ended
    expect(sent).toEqual(['2: 2', '3: 3'])
  })

  it('fails with what the sink says', async () => {
    const { ended } = await replay(hours(0), { status: 503 })
    await expect(ended).rejects.toThrow('http://sink answered 503 to a replayed event: no room')
  })

  it('ends when it is closed', async () => {
    const clock = lockStep({ start: BEGIN, jumps: true })
    const sink: Addressable = {
      url: 'http://sink',
      send: () => Promise.reject(new Error('nothing may be sent')),
    }
    const { ended, close } = startReplay(await open(hours(0, 1)), { clock, sink })
    await close()
    await expect(ended).resolves.toBeUndefined()
  })
})

describe('a state folder', () => {
  it('goes on with the replay it began with', async () => {
    await open(hours(0))
    await expect(open(hours(0), 'hours.csv', true)).resolves.toMatchObject({
      first: { time: BEGIN },
    })
  })

  it.each([
    ['another replay', 'days.csv', /state of the replay of days\.csv: add --fresh/],
    ['a run without replay', undefined, /state of a run without replay: add --fresh/],
  ])('of %s is refused', async (_, before, message) => {
    if (before !== undefined) await open(hours(0), before)
    await expect(open(hours(0), 'hours.csv', true)).rejects.toThrow(message)
  })

  it('is not needed for a replay of nothing, which is an error', async () => {
    await expect(open(hours())).rejects.toThrow('hours.csv holds no row to replay')
  })
})
