import type {
  Broker,
  ConsumedPartition,
  Subscription,
  SubscriptionNeeds,
} from '../../broker/broker.ts'
import type { Clock } from '../../clock.ts'
import type { Facts } from '../../facts.ts'
import { UnknownTopicError } from '../../log/errors.ts'
import type { LogRecord } from '../../log/event-log.ts'
import type { KafkaSourceManifest } from '../../manifests/inventory.ts'
import type { SourceStatus } from '../../view.ts'
import { targetOf } from '../target.ts'
import type { Resolve } from '../target.ts'
import { retryPlan } from './back-off.ts'
import { consumeNothing, consumeOrdered, consumeUnordered } from './consume.ts'
import { deliver } from './delivery.ts'
import type { Outcome, Route } from './delivery.ts'
import { groupOf } from './group.ts'
import { watchHealth } from './health.ts'
import { recordEvent } from './record-event.ts'

export interface KafkaSourceNeeds {
  readonly broker: Broker
  readonly clock: Clock
  /** Its place among the sources: whose turn is first when the clock lets one thing happen at a time. */
  readonly order: number
  readonly facts: Facts
  readonly resolve: Resolve
}

/** A source that delivers. */
export interface RunningKafkaSource {
  status(): Promise<SourceStatus>
  /**
   * Stops within about half a second, the time requests in flight have to finish, and commits what is done. What was
   * cut is delivered again by the next run.
   */
  close(): Promise<void>
}

const GRACE_MS = 500
/** More than a topic may have: the partitions of a source come after one another, and before the next source. */
const MAX_PARTITIONS = 2 ** 20

/**
 * Starts to deliver the records of a KafkaSource's topics, at least once, in the order of their partition unless the
 * source is `unordered`. Answers are ignored. Waits between attempts are virtual time, the limit of one attempt is not.
 *
 * Any number of `consumers` is one Kafka consumer, as on the cluster; with none the source waits, its group where it is.
 * Throws at once when a topic has no KafkaTopic or a destination cannot be resolved.
 */
export function startKafkaSource(
  source: KafkaSourceManifest,
  { broker, clock, order, facts, resolve }: KafkaSourceNeeds,
): RunningKafkaSource {
  const who = `KafkaSource ${source.name}`
  const group = groupOf(source)
  const deadLetterSink = source.delivery?.deadLetterSink
  const route: Route = {
    namespace: source.namespace,
    sink: targetOf(source.sink, resolve),
    deadLetterSink: deadLetterSink && targetOf(deadLetterSink, resolve),
    plan: retryPlan(source.delivery),
  }
  const watchRecord = watchHealth(facts, who)
  const counts = { delivered: 0, retried: 0, deadLettered: 0, dropped: 0 }
  const cut = new AbortController()

  async function handle(
    record: LogRecord,
    { tracker, partition }: ConsumedPartition,
    stopping: AbortSignal,
  ): Promise<void> {
    tracker.begin(record.offset)
    const watch = watchRecord(record)
    const outcome = await deliver(recordEvent(record, source), route, {
      clock,
      order: order + partition / MAX_PARTITIONS,
      stopping,
      cut: cut.signal,
      onFailure(failure, again) {
        if (!again) return
        counts.retried++
        watch.retried(failure)
      },
    })
    count(outcome)
    watch.ended(outcome)
    if (outcome.kind !== 'stopped') tracker.done(record.offset)
  }

  function count(outcome: Outcome): void {
    switch (outcome.kind) {
      case 'delivered':
        counts.delivered++
        return
      case 'dead-lettered':
        counts.deadLettered++
        return
      case 'dropped':
        counts.dropped++
        return
      case 'stopped':
    }
  }

  const consume = consumeAs(source)
  const subscription = subscribe(source, broker, {
    who,
    facts,
    group,
    topics: source.topics,
    initialOffset: source.initialOffset,
    consume: (partitions, revoked) =>
      consume({
        partitions,
        handle: (record, from) => handle(record, from, revoked),
        stopping: revoked,
        onBroken(broken, error) {
          const places = broken.map(({ topic, partition }) => `${topic}/${partition}`).join(', ')
          facts('error', who, `stopped reading ${places}; start again: ${messageOf(error)}`)
        },
      }),
  })

  async function stop(): Promise<void> {
    const grace = setTimeout(() => cut.abort(), GRACE_MS)
    await subscription.close()
    clearTimeout(grace)
  }

  let stopped: Promise<void> | undefined
  return {
    async status() {
      const lag = await subscription.lag()
      const { name, namespace } = source
      return { kind: 'KafkaSource', name, namespace, ...counts, group, lag }
    },
    close: () => (stopped ??= stop()),
  }
}

function consumeAs({ consumers, ordering }: KafkaSourceManifest): typeof consumeOrdered {
  if (consumers === 0) return consumeNothing
  return ordering === 'ordered' ? consumeOrdered : consumeUnordered
}

function subscribe(
  source: KafkaSourceManifest,
  broker: Broker,
  needs: SubscriptionNeeds,
): Subscription {
  try {
    return broker.subscribe(needs)
  } catch (error) {
    if (!(error instanceof UnknownTopicError)) throw error
    const place = `${source.file}:${source.line}`
    throw new Error(`${place}: KafkaSource ${source.name}: ${error.message}`, { cause: error })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
