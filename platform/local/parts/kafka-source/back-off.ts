import type { Delivery } from '../../manifests/inventory.ts'

/** How often and how long a source tries: `spec.delivery` with every default applied. */
export interface RetryPlan {
  /** Attempts after the first. */
  readonly retries: number
  /** Of one attempt, milliseconds of the wall. */
  readonly timeoutMs: number
  /** Virtual milliseconds before retry `k`, from 1. */
  readonly waitMs: (k: number) => number
}

const TIMEOUT_MS = 600_000

/**
 * The plan a KafkaSource follows (control-plane/pkg/core/config/utils.go and the dispatcher's `computeRetryPolicy`,
 * v1.23.0). Without a delivery block: 10 retries, exponential from 300 ms. With one: as many retries as it says, else
 * none, exponential from 200 ms unless it says otherwise. An attempt lasts 600 s at most unless it says otherwise.
 */
export function retryPlan(delivery: Delivery | undefined): RetryPlan {
  if (delivery === undefined) {
    return { retries: 10, timeoutMs: TIMEOUT_MS, waitMs: exponential(300) }
  }
  const delayMs = delivery.backoffDelayMs ?? 200
  return {
    retries: delivery.retry ?? 0,
    timeoutMs: delivery.timeoutMs || TIMEOUT_MS,
    waitMs: delivery.backoffPolicy === 'linear' ? linear(delayMs) : exponential(delayMs),
  }
}

/** Waits of `delay * 2^k`: the first is twice the delay. */
function exponential(delayMs: number): (k: number) => number {
  return (k) => Math.min(delayMs * 2 ** k, Number.MAX_SAFE_INTEGER)
}

function linear(delayMs: number): (k: number) => number {
  return (k) => Math.min(delayMs * k, Number.MAX_SAFE_INTEGER)
}
