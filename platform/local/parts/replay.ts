import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'

import type { Clock } from '../clock.ts'
import { httpHeaders } from '../cloud-events/binary-mode.ts'
import type { CloudEvent } from '../cloud-events/cloud-event.ts'
import type { Addressable } from '../exchange.ts'

/** What happened at one moment of the past. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly time: number
  readonly events: readonly CloudEvent[]
}

/** What is to happen again. */
export interface Replay {
  /** Names it and how it is read: a state folder goes on with the replay it began with. */
  readonly name: string
  /** In the order of their time; one that is earlier than its predecessor is sent at once. */
  readonly moments: AsyncIterable<Moment, void>
  /** The KafkaSink that takes the events, `namespace/name`. */
  readonly sink: string
}

/** A replay whose first moment is known. */
export interface Past {
  readonly first: Moment
  readonly rest: AsyncIterator<Moment, void>
  readonly sink: string
}

export interface ReplayNeeds {
  readonly clock: Clock
  /** Takes the events; an answer other than 202 ends the replay. */
  readonly sink: Addressable
}

/** Names the replay that a state folder is of. */
const MARK = 'replay.json'

/**
 * Reads the first moment of a replay. Rejects when there is none, when it cannot be read, and when the state folder is
 * that of another run: its clock and its rows would be another time's.
 */
export async function openPast(
  { name, moments, sink }: Replay,
  { stateFolder, isUsed }: { stateFolder: string; isUsed: boolean },
): Promise<Past> {
  const mark = path.join(stateFolder, MARK)
  const known: unknown = existsSync(mark) ? JSON.parse(readFileSync(mark, 'utf8')) : undefined
  if (isUsed && known !== name) {
    const of = typeof known === 'string' ? `the replay of ${known}` : 'a run without replay'
    throw new Error(
      `${stateFolder} is the state of ${of}: add --fresh to drop it and replay ${name}`,
    )
  }
  const rest = moments[Symbol.asyncIterator]()
  const first = await rest.next()
  if (first.done === true) throw new Error(`${name} holds no row to replay`)
  writeFileSync(mark, JSON.stringify(name))
  return { first: first.value, rest, sink }
}

/** A past that happens again. */
export interface RunningReplay {
  /** Resolves once the last moment has been sent, or the replay was stopped; rejects when its source or the sink fails. */
  readonly ended: Promise<void>
  readonly close: () => Promise<void>
}

/** Before everybody else's turn. */
const FIRST = Number.NEGATIVE_INFINITY

/**
 * Sends each moment's events when the clock reaches its time; those before it have been sent by an earlier run. A moment
 * is read while its predecessor has its turn, so that a clock in lock step always knows the next one.
 */
export function startReplay(
  { first, rest }: Pick<Past, 'first' | 'rest'>,
  { clock, sink }: ReplayNeeds,
): RunningReplay {
  const stopping = new AbortController()
  const { signal } = stopping

  async function next(): Promise<Moment | undefined> {
    const { done, value } = await rest.next()
    return done === true ? undefined : value
  }

  async function run(): Promise<void> {
    const begin = clock.now()
    let moment: Moment | undefined = first
    while (moment !== undefined && moment.time < begin) moment = await next()
    while (moment !== undefined) {
      const { time, events } = moment
      await clock.sleep(Math.max(0, time - clock.now()), signal)
      moment = await clock.turn(
        FIRST,
        async () => {
          for (const event of events) await post(event, sink)
          return next()
        },
        signal,
      )
    }
  }

  const ended = run().catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  return {
    ended,
    async close() {
      stopping.abort()
      await rest.return?.()
      // Whoever waits for the end hears of a failure.
      await ended.catch(() => undefined)
    },
  }
}

async function post(event: CloudEvent, sink: Addressable): Promise<void> {
  const { status, body } = await sink.send({
    method: 'POST',
    path: '',
    headers: httpHeaders(event),
    body: event.data ?? new Uint8Array(0),
    signal: new AbortController().signal,
  })
  const answer = await buffer(body)
  if (status === 202) return
  throw new Error(`${sink.url} answered ${status} to a replayed event: ${answer.toString()}`)
}
