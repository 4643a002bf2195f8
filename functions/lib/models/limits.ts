/** Beyond this products of squares overflow, and no measured quantity is near it. */
const LARGEST_VALUE = 1e50
/** Beyond this squares overflow when they are summed. */
const LARGEST_ERROR = 1e100

/** Whether a value may enter a state: a finite number of at most 1e50. */
export function isUsable(value: number): boolean {
  return Math.abs(value) <= LARGEST_VALUE
}

/** An error as it is counted: one beyond 1e100 counts as 1e100, and what is no number as the worst. */
export function bounded(error: number): number {
  if (Number.isNaN(error)) return LARGEST_ERROR
  return Math.max(-LARGEST_ERROR, Math.min(LARGEST_ERROR, error))
}
