/** What a store holds, by what it is about: more than one content under a key is one too many. */
export type Snapshot = ReadonlyMap<string, readonly string[]>

/** One thing in which the disturbed run differs. */
export interface Difference {
  readonly key: string
  readonly expected: readonly string[]
  readonly found: readonly string[]
}

/** How a disturbed run differs from the undisturbed one. */
export interface Differences {
  /** There without disturbance, and now not. */
  readonly lost: readonly Difference[]
  /** There more often than without disturbance. */
  readonly doubled: readonly Difference[]
  /** There as often, and not the same. */
  readonly different: readonly Difference[]
}

/** Compares what two runs on the same events have stored, in the order of the keys. */
export function compare(undisturbed: Snapshot, disturbed: Snapshot): Differences {
  const lost: Difference[] = []
  const doubled: Difference[] = []
  const different: Difference[] = []
  for (const key of new Set([...undisturbed.keys(), ...disturbed.keys()])) {
    const expected = undisturbed.get(key) ?? []
    const found = disturbed.get(key) ?? []
    const difference = { key, expected, found }
    if (found.length < expected.length) lost.push(difference)
    else if (found.length > expected.length) doubled.push(difference)
    else if (!isSame(expected, found)) different.push(difference)
  }
  const byKey = (a: Difference, b: Difference) => (a.key < b.key ? -1 : 1)
  return {
    lost: lost.toSorted(byKey),
    doubled: doubled.toSorted(byKey),
    different: different.toSorted(byKey),
  }
}

function isSame(expected: readonly string[], found: readonly string[]): boolean {
  const other = found.toSorted()
  return expected.toSorted().every((content, index) => content === other[index])
}

/** JSON that does not depend on the order in which members were added. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}
