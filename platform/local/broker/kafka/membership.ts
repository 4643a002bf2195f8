import { setTimeout as pause } from 'node:timers/promises'
import type { EachBatchPayload, Kafka } from 'kafkajs'

import type { Consumer } from '../../parts/kafka-source/consume.ts'
import type { SubscriptionNeeds } from '../broker.ts'
import { queuedPartition } from './queued-partition.ts'
import type { QueuedPartition } from './queued-partition.ts'
import { recordsOf } from './records.ts'

/** One member of a consumer group, from joining until it crashes or leaves. */
export interface Membership {
  /** Resolves with the reason when the member has crashed; it is out of the group then. */
  readonly crashed: Promise<unknown>
  /** The partition, when the group has given it to this member. */
  partition(topic: string, partition: number): QueuedPartition | undefined
  commit(): Promise<void>
  /** Takes the partitions away, waits for what is in flight, commits what is done and leaves the group. */
  leave(): Promise<void>
}

interface Assigned {
  readonly partitions: ReadonlyMap<string, QueuedPartition>
  readonly consumer: Consumer
  readonly revoked: AbortController
}

/** As Knative's dispatcher has them, milliseconds. */
const SESSION_TIMEOUT_MS = 10_000
const HEARTBEAT_INTERVAL_MS = 3_000
/** How long a fetch waits for records; leaving the group takes as long. */
const MAX_WAIT_MS = 200
const LEAVE_TIMEOUT_MS = 2_000
const RETRY = { retries: 4, restartOnFailure: async () => false } as const

/**
 * Joins a group. Rejects when that fails.
 *
 * The driver's loop only fetches into queues, so it keeps the membership alive while a record is tried again for half an hour. A
 * full queue pauses its partition. When the group changes, nothing new begins, what is done is committed, and what is in flight
 * goes on without being committed: whoever has the partition then delivers it again.
 */
export async function joinGroup(
  client: Kafka,
  needs: Pick<SubscriptionNeeds, 'group' | 'topics' | 'consume'>,
  onJoined: () => void,
): Promise<Membership> {
  const member = client.consumer({
    groupId: needs.group,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_INTERVAL_MS,
    maxWaitTimeInMs: MAX_WAIT_MS,
    allowAutoTopicCreation: false,
    retry: RETRY,
  })
  let assigned: Assigned | undefined

  function assign(assignment: Readonly<Record<string, readonly number[]>>): void {
    // A member may join anew without hearing of a rebalance first.
    void revoke()
    const partitions = Object.entries(assignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => {
        const where = [{ topic, partitions: [partition] }]
        return queuedPartition(topic, partition, {
          pause: () => member.pause(where),
          resume: () => member.resume(where),
        })
      }),
    )
    const revoked = new AbortController()
    const consumer = needs.consume(partitions, revoked.signal)
    assigned = {
      partitions: new Map(partitions.map((one) => [placeOf(one.topic, one.partition), one])),
      consumer,
      revoked,
    }
    // Pauses outlive an assignment inside the driver, the queues that asked for them do not.
    member.resume(member.paused())
    onJoined()
  }

  async function revoke(): Promise<void> {
    const last = assigned
    assigned = undefined
    last?.revoked.abort()
    // The group may not take it any more: what is not committed is delivered again.
    if (last !== undefined) await commitOf(last).catch(() => undefined)
  }

  async function commitOf({ partitions }: Assigned): Promise<void> {
    const due = [...partitions.values()].flatMap((partition) => {
      const offset = partition.due()
      return offset === undefined ? [] : [{ partition, offset }]
    })
    if (due.length === 0) return
    await member.commitOffsets(
      due.map(({ partition: { topic, partition }, offset }) => {
        return { topic, partition, offset: String(offset) }
      }),
    )
    for (const { partition, offset } of due) partition.committed(offset)
  }

  async function onBatch({ batch }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch
    assigned?.partitions.get(placeOf(topic, partition))?.push(recordsOf(batch))
    assigned?.consumer.wake()
  }

  const crashed = new Promise<unknown>((resolve) => {
    member.on(member.events.CRASH, ({ payload }) => {
      void revoke()
      resolve(payload.error)
    })
  })
  member.on(member.events.REBALANCING, () => void revoke())
  member.on(member.events.GROUP_JOIN, ({ payload }) => assign(payload.memberAssignment))
  try {
    await member.connect()
    await member.subscribe({ topics: [...new Set(needs.topics)], fromBeginning: true })
    await member.run({ autoCommit: false, eachBatch: onBatch })
  } catch (error) {
    await member.disconnect().catch(() => undefined)
    throw error
  }

  return {
    crashed,
    partition: (topic, partition) => assigned?.partitions.get(placeOf(topic, partition)),
    async commit() {
      if (assigned !== undefined) await commitOf(assigned)
    },
    async leave() {
      const last = assigned
      last?.revoked.abort()
      await last?.consumer.ended
      const goodbye = async (): Promise<void> => {
        if (last !== undefined) await commitOf(last).catch(() => undefined)
        await member.disconnect().catch(() => undefined)
      }
      // A broker that is away must not hold up the platform's end: it puts a silent member out by itself.
      await Promise.race([goodbye(), pause(LEAVE_TIMEOUT_MS, undefined, { ref: false })])
    },
  }
}

const placeOf = (topic: string, partition: number): string => `${topic}/${partition}`
