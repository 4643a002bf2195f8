import { randomUUID } from 'node:crypto'

import type { Clock } from '../clock.ts'
import { httpHeaders } from '../cloud-events/binary-mode.ts'
import { writeTime } from '../cloud-events/cloud-event.ts'
import type { AttributeValue } from '../cloud-events/cloud-event.ts'
import type { Facts } from '../facts.ts'
import type { PingSourceManifest } from '../manifests/inventory.ts'
import type { SourceStatus } from '../view.ts'
import { inWords, sendWithRetries } from './attempts.ts'
import type { AttemptRules } from './attempts.ts'
import { createBell } from './bell.ts'
import { cronSchedule } from './cron-schedule.ts'
import { targetOf } from './target.ts'
import type { Resolve } from './target.ts'

export interface PingSourceNeeds {
  readonly clock: Clock
  /** Its place among the sources: whose turn is first when the clock lets one thing happen at a time. */
  readonly order: number
  readonly facts: Facts
  readonly resolve: Resolve
  /** Called with a tick's instant (virtual milliseconds) before its event is sent: what it saves is known after a kill. */
  readonly beforeTick?: (time: number) => void
}

/** A source that ticks. */
export interface RunningPingSource {
  status(): SourceStatus
  /** Stops within about half a second, the time requests in flight have to finish. */
  close(): Promise<void>
}

/** How the Go SDK sends for Knative's PingSource: waits of 100, 200 … 1600 ms, and a list of its own of what is retried. */
const RULES: AttemptRules = {
  retries: 5,
  timeoutMs: 600_000,
  waitMs: (k) => 50 * 2 ** k,
  isDelivered: (status) => status >= 200 && status < 300,
  isRetried: (status) => [404, 413, 425, 429, 502, 503, 504].includes(status),
}

/** Deliveries at once; Knative's adapter has no such limit. */
const MAX_IN_FLIGHT = 50
/** How late a tick may be sent, milliseconds of the wall. */
const MAX_LATE_MS = 10_000
const GRACE_MS = 500

/**
 * Starts to send the ticks of a PingSource, from now on: ticks of the time it did not run are not sent. The event's
 * `time` is the tick's own instant, exactly, whenever it is sent (Knative's jitter of up to 500 ms is left out).
 *
 * Deliveries do not wait for each other, up to 50 of them; then ticks wait. A tick that is 10 seconds of the wall late
 * is dropped. So is one whose delivery failed for good, after five retries. Both are said once per change. Throws at once
 * when the schedule is wrong or the sink cannot be resolved.
 */
export function startPingSource(
  source: PingSourceManifest,
  { clock, order, facts, resolve, beforeTick }: PingSourceNeeds,
): RunningPingSource {
  const who = `PingSource ${source.name}`
  const schedule = scheduleOf(source)
  const target = targetOf(source.sink, resolve)
  const counts = { delivered: 0, retried: 0, deadLettered: 0, dropped: 0 }
  const stopping = new AbortController()
  const cut = new AbortController()
  const left = createBell()
  stopping.signal.addEventListener('abort', left.ring, { once: true })
  let due = schedule.after(clock.now())
  const inFlight = new Set<Promise<void>>()
  let isBehind = false
  let isLosing = false

  async function run(): Promise<void> {
    if (due === undefined) facts('warn', who, `schedule "${source.schedule}" never fires`)
    while (due !== undefined && (await reached(due))) {
      const tick = due
      const lateMs = (clock.now() - tick) / clock.speed
      if (lateMs > MAX_LATE_MS) skip(tick)
      else fire(tick)
      // Near the limit some ticks go and some do not: that is one change, not one each.
      if (lateMs < MAX_LATE_MS / 2) isBehind = false
      due = schedule.after(clock.jumps ? Math.max(tick, clock.now()) : tick)
    }
    await Promise.all(inFlight)
  }

  /** Waits until a tick is due and may be sent; false when the source stops first. */
  async function reached(tick: number): Promise<boolean> {
    try {
      const wait = tick - clock.now()
      if (wait > 0) await clock.sleep(wait, stopping.signal, 'tick')
    } catch (error) {
      if (!stopping.signal.aborted) throw error
    }
    if (inFlight.size >= MAX_IN_FLIGHT && !stopping.signal.aborted) await left.rung()
    return !stopping.signal.aborted
  }

  function skip(tick: number): void {
    counts.dropped++
    const fact = `dropped the tick of ${writeTime(tick)}: deliveries are slower than the schedule; use a lower --speed`
    facts(isBehind ? 'debug' : 'warn', who, fact)
    isBehind = true
  }

  function fire(tick: number): void {
    save(tick)
    const delivery = send(tick).finally(() => {
      inFlight.delete(delivery)
      left.ring()
    })
    inFlight.add(delivery)
  }

  function save(tick: number): void {
    try {
      beforeTick?.(tick)
    } catch (error) {
      // The tick is worth more than the saved time: what a restart repeats of it is the same again.
      const why = error instanceof Error ? error.message : String(error)
      facts('warn', who, `cannot save the time before the tick of ${writeTime(tick)}: ${why}`)
    }
  }

  async function send(tick: number): Promise<void> {
    const id = randomUUID()
    const time = writeTime(tick)
    const message = {
      headers: { ...httpHeaders(eventOf(source, id, time)), 'kn-namespace': source.namespace },
      body: source.data ?? new Uint8Array(0),
    }
    const sent = await sendWithRetries(message, target, RULES, {
      clock,
      order,
      stopping: stopping.signal,
      cut: cut.signal,
      onFailure(failure, again) {
        if (!again) return
        counts.retried++
        facts('debug', who, `cannot deliver a tick, will try again: ${inWords(failure)}`, {
          id,
          time,
        })
      },
    })
    if (sent.kind === 'delivered') {
      counts.delivered++
      facts(isLosing ? 'info' : 'debug', who, isLosing ? 'delivers again' : 'delivered', {
        id,
        time,
      })
      isLosing = false
    } else if (sent.kind === 'failed') {
      counts.dropped++
      facts(isLosing ? 'debug' : 'warn', who, `dropped a tick: ${inWords(sent.failure)}`, {
        id,
        time,
      })
      isLosing = true
    }
  }

  async function stop(): Promise<void> {
    stopping.abort()
    const grace = setTimeout(() => cut.abort(), GRACE_MS)
    await ended
    clearTimeout(grace)
  }

  const ended = run()
  let stopped: Promise<void> | undefined
  return {
    status: () => ({
      kind: 'PingSource',
      name: source.name,
      namespace: source.namespace,
      ...counts,
      ...(due === undefined ? {} : { next: due }),
    }),
    close: () => (stopped ??= stop()),
  }
}

function scheduleOf({ file, line, name, schedule, timezone }: PingSourceManifest) {
  try {
    return cronSchedule(schedule, timezone)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${file}:${line}: PingSource ${name}: ${why}`, { cause })
  }
}

function eventOf(source: PingSourceManifest, id: string, time: string) {
  const attributes: Record<string, AttributeValue> = {
    specversion: '1.0',
    id,
    source: `/apis/v1/namespaces/${source.namespace}/pingsources/${source.name}`,
    type: 'dev.knative.sources.ping',
    time,
    // The adapter sets the content type together with the data: without data there is none.
    ...(source.data && source.contentType ? { datacontenttype: source.contentType } : {}),
    ...source.extensions,
  }
  return { attributes, data: source.data }
}
