import { setTimeout as pause } from 'node:timers/promises'

import { kafkaReason } from '../../../../functions/lib/adapters/kafka-failure.ts'
import type { Facts } from '../../facts.ts'
import type { TopicSettings } from '../../log/event-log.ts'
import type { KafkaAdmin } from './admin.ts'
import { ensureTopics } from './topics.ts'

export interface Readiness {
  /** Resolves once the topics are on the broker; never rejects. */
  readonly ready: Promise<void>
}

interface ReadinessNeeds {
  readonly who: string
  readonly topics: readonly TopicSettings[]
  readonly facts: Facts
  readonly closing: AbortSignal
}

const FIRST_BACK_OFF_MS = 500
const LONGEST_BACK_OFF_MS = 5_000

/**
 * Makes the topics, now or, when the cluster is away, as soon as it has come. Rejects when it is there and does not take them: that is
 * for a person to mend.
 */
export async function prepareTopics(admin: KafkaAdmin, needs: ReadinessNeeds): Promise<Readiness> {
  const { who, topics, facts } = needs
  try {
    await admin.run((running) => ensureTopics(running, topics, facts))
    return { ready: Promise.resolve() }
  } catch (cause) {
    if (await answers(admin)) {
      throw new Error(`${who} does not take the declared topics: ${kafkaReason(cause)}`, { cause })
    }
    facts('warn', who, `cannot be reached, will try again: ${kafkaReason(cause)}`)
    return { ready: retry(admin, needs) }
  }
}

async function retry(admin: KafkaAdmin, { who, topics, facts, closing }: ReadinessNeeds) {
  for (let backOffMs = FIRST_BACK_OFF_MS; !closing.aborted;) {
    await pause(backOffMs, undefined, { signal: closing }).catch(() => undefined)
    backOffMs = Math.min(backOffMs * 2, LONGEST_BACK_OFF_MS)
    try {
      if (closing.aborted) return
      await admin.run((running) => ensureTopics(running, topics, facts))
      facts('info', who, 'is reached, and has the declared topics')
      return
    } catch (error) {
      facts('debug', who, `still away: ${kafkaReason(error)}`)
    }
  }
}

async function answers(admin: KafkaAdmin): Promise<boolean> {
  try {
    await admin.run((running) => running.listTopics())
    return true
  } catch {
    return false
  }
}
