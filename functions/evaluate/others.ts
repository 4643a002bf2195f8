import type { Evaluation } from '../lib/models/evaluation-document.ts'
import type { SeriesRules } from './evaluate.ts'

/** As many as one row can have predictions of: a producer may name its model anew with every prediction. */
const MOST_OTHERS = 100

/**
 * The evaluation with no more than 100 models that are not declared: those stay that have scores of the newest rows, and
 * nothing is known of the rest any more. So it cannot outgrow its store, whatever names come.
 */
export function withoutOldestOthers(before: Evaluation, { models }: SeriesRules): Evaluation {
  const declared = new Set(models.map(({ name }) => name))
  const newest = new Map<string, string>()
  for (const [key, { counted }] of Object.entries(before.horizons)) {
    const model = modelOf(key)
    const timestamp = counted.stretches.at(-1)?.[1] ?? ''
    if (!declared.has(model) && timestamp >= (newest.get(model) ?? '')) newest.set(model, timestamp)
  }
  if (newest.size <= MOST_OTHERS) return before
  const oldestFirst = [...newest].toSorted(([, a], [, b]) => (a < b ? -1 : Number(a > b)))
  const gone = new Set(oldestFirst.slice(0, -MOST_OTHERS).map(([model]) => model))
  return {
    ...before,
    horizons: without(before.horizons, (key) => gone.has(modelOf(key))),
    watches: without(before.watches, (model) => gone.has(model)),
  }
}

function modelOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'))
}

function without<T>(
  record: Record<string, T>,
  isGone: (name: string) => boolean,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !isGone(name)))
}
