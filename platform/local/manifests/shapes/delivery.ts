import { z } from 'zod'
import { ignored } from '../fields.ts'
import type { Delivery } from '../inventory.ts'
import { destination, readDestination } from './destination.ts'
import { durationMs } from './duration.ts'

/** `spec.delivery` of a source. */
export const delivery = z.strictObject({
  retry: z.int().min(0).optional(),
  backoffPolicy: z.enum(['linear', 'exponential']).optional(),
  backoffDelay: durationMs.optional(),
  timeout: durationMs.optional(),
  deadLetterSink: destination.optional(),
  retryAfterMax: ignored("the cluster's Kafka dispatcher does not read it either", durationMs),
})

/** As it stands: the dispatcher applies defaults, and applies others to an absent block than to an empty one. */
export function readDelivery(block: z.output<typeof delivery>, namespace: string): Delivery {
  return {
    retry: block.retry,
    backoffPolicy: block.backoffPolicy,
    backoffDelayMs: block.backoffDelay,
    timeoutMs: block.timeout,
    deadLetterSink: block.deadLetterSink && readDestination(block.deadLetterSink, namespace),
  }
}
