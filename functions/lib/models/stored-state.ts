/**
 * Whether what came from a store is a state of the kind of `fresh`, a new one with the same features and options: a
 * damaged or foreign document must not become a model.
 *
 * Every field of `fresh` is there with the same type, vectors have the same length, and every number is finite. What
 * is empty or null in a new state may hold anything that JSON can, as long as its numbers are finite.
 */
export function isStateLike<S>(fresh: S, stored: unknown): stored is S {
  return isLike(fresh, stored)
}

function isLike(fresh: unknown, stored: unknown): boolean {
  if (fresh === null) return isSound(stored)
  if (Array.isArray(fresh)) {
    if (!Array.isArray(stored)) return false
    if (fresh.length === 0) return isSound(stored)
    return (
      stored.length === fresh.length && fresh.every((value, index) => isLike(value, stored[index]))
    )
  }
  if (typeof fresh === 'object') {
    if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return false
    return Object.entries(fresh).every(([key, value]) => isLike(value, Reflect.get(stored, key)))
  }
  return typeof stored === typeof fresh && isSound(stored)
}

function isSound(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isSound)
  return value !== undefined
}
