import { isStateLike } from '../lib/models/stored-state.ts'
import type { RowProgress } from './row-progress.ts'
import { newRowProgress } from './row-progress.ts'

/** Checks of what comes back from the store: a damaged document must not become a state. */

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** Whether a field is null or an object whose fields pass their checks. */
export function isNullOr(value: unknown, checks: Record<string, (field: unknown) => boolean>) {
  return value === null || hasFields(value, checks)
}

/** Whether something is an object whose fields pass their checks; it may have more. */
export function hasFields(
  value: unknown,
  checks: Record<string, (field: unknown) => boolean>,
): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(checks).every(([name, check]) => check(Reflect.get(value, name)))
  )
}

/** Whether something is an object of whole numbers by name. */
export function isCounts(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && Object.values(value).every(Number.isSafeInteger)
  )
}

/** Whether something is a progress over the rows of a series. */
export function isRowProgress(value: unknown): value is RowProgress {
  return (
    isStateLike(newRowProgress(), value) &&
    hasFields(value, {
      learntThrough: isTextOrNull,
      learntRecently: isTimestampSet,
      tooLateRecently: isTimestampSet,
    })
  )
}

function isTextOrNull(value: unknown): boolean {
  return value === null || isText(value)
}

function isTimestampSet(value: unknown): boolean {
  return hasFields(value, { forgottenThrough: isTextOrNull, stretches: isStretches })
}

function isStretches(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (stretch) => Array.isArray(stretch) && stretch.length === 2 && stretch.every(isText),
    )
  )
}
