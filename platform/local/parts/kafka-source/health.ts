import type { Facts } from '../../facts.ts'
import type { LogRecord } from '../../log/event-log.ts'
import { inWords } from '../attempts.ts'
import type { Failure } from '../attempts.ts'
import type { Outcome } from './delivery.ts'

/** Hears how the delivery of one record goes. */
export interface RecordWatch {
  /** An attempt failed and another one follows. */
  retried(failure: Failure): void
  ended(outcome: Outcome): void
}

interface PartitionHealth {
  /** Records in flight that have failed at least once. */
  failing: number
  /** It was said that the partition cannot be delivered, and not yet that it can again. */
  isTroubled: boolean
  /** The last record that ended went to the dead letter sink. */
  isRefused: boolean
}

/**
 * Says how deliveries go, once per change of a partition: that it cannot be delivered, that it is delivered again, that
 * its records go to the dead letter sink. Every dropped record is said; each attempt and dead letter at level debug.
 */
export function watchHealth(facts: Facts, who: string): (record: LogRecord) => RecordWatch {
  const partitions = new Map<string, PartitionHealth>()

  return ({ topic, partition, offset }) => {
    const place = `${topic}/${partition}`
    const health = partitions.get(place) ?? { failing: 0, isTroubled: false, isRefused: false }
    partitions.set(place, health)
    const about = { topic, partition, offset }
    let hasFailed = false

    function delivered(): void {
      if (health.isTroubled && health.failing === 0) {
        health.isTroubled = false
        facts('info', who, `delivers ${place} again`, about)
      } else {
        facts('debug', who, 'delivered', about)
      }
    }

    return {
      retried(failure) {
        if (!hasFailed) health.failing++
        hasFailed = true
        const level = health.isTroubled ? 'debug' : 'warn'
        health.isTroubled = true
        facts(level, who, `cannot deliver ${place}, will try again: ${inWords(failure)}`, about)
      },

      ended(outcome) {
        if (hasFailed) health.failing--
        const level = health.isRefused ? 'debug' : 'warn'
        health.isRefused = outcome.kind === 'dead-lettered'
        switch (outcome.kind) {
          case 'delivered':
            delivered()
            return
          case 'dead-lettered': {
            const fact = `sent ${place}@${offset} to the dead letter sink: ${inWords(outcome.failure)}`
            facts(level, who, fact, about)
            return
          }
          case 'dropped':
            facts('error', who, dropped(`${place}@${offset}`, outcome), about)
            return
          case 'stopped':
        }
      },
    }
  }
}

function dropped(
  record: string,
  { failure, deadLetterFailure }: Extract<Outcome, { kind: 'dropped' }>,
): string {
  const why = inWords(failure)
  return deadLetterFailure === undefined
    ? `dropped ${record}: ${why}; set delivery.deadLetterSink to keep such records`
    : `dropped ${record}: ${why}, and the dead letter sink does not take it: ${inWords(deadLetterFailure)}`
}
