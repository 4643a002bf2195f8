import { printable, cut } from '../printable.ts'
import type { Breaks } from './breaks.ts'
import type { Difference, Differences, Snapshot } from './compare.ts'
import { FAULTS } from './faults.ts'
import type { Fault } from './faults.ts'
import type { Break } from './plan.ts'
import type { Stream } from './stream.ts'

/** What came of the two runs on a stream. */
export interface Runs {
  readonly seed: number
  readonly events: number
  readonly undisturbed: { readonly snapshot: Snapshot; readonly seconds: number }
  readonly disturbed: { readonly seconds: number }
  readonly differences: Differences
  readonly faults: Readonly<Record<Fault, number>>
  readonly breaks: Breaks
  readonly planned: readonly Break[]
  /** The command that repeats the run. */
  readonly again: string
}

/** What the command says at its end. */
export interface Report {
  readonly seed: number
  readonly events: number
  readonly lost: number
  readonly doubled: number
  readonly different: number
  /** Kinds of trouble that were planned and did not come: the run proves less than it should. */
  readonly missing: readonly string[]
  readonly isPassed: boolean
  /** What the undisturbed run stored, by kind. */
  readonly stored: Readonly<Record<string, number>>
  readonly seconds: { readonly undisturbed: number; readonly disturbed: number }
  readonly faults: Readonly<Record<string, number>>
  readonly breaks: Readonly<Record<string, number>>
  readonly first: readonly (Difference & { readonly kind: keyof Differences })[]
  readonly again: string
}

const SHOWN = 5
const KINDS = ['lost', 'doubled', 'different'] as const

/** Sums up. */
export function reportOf(runs: Runs): Report {
  const { seed, events, undisturbed, disturbed, differences, faults, breaks, planned, again } = runs
  const { lost, doubled, different } = differences
  const absent = [...new Set(planned.map(({ kind }) => kind))].filter(
    (kind) => breaks[kind] < planned.filter((one) => one.kind === kind).length,
  )
  const missing = [...FAULTS.filter((fault) => faults[fault] === 0), ...absent]
  const sum = lost.length + doubled.length + different.length
  return {
    seed,
    events,
    lost: lost.length,
    doubled: doubled.length,
    different: different.length,
    missing,
    isPassed: sum === 0 && missing.length === 0,
    stored: countsOf(undisturbed.snapshot),
    seconds: { undisturbed: undisturbed.seconds, disturbed: disturbed.seconds },
    faults,
    breaks,
    first: KINDS.flatMap((kind) =>
      differences[kind].slice(0, SHOWN).map((difference) => ({ kind, ...difference })),
    ),
    again,
  }
}

/** Entries by the first word of their key. */
function countsOf(snapshot: Snapshot): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const [key, contents] of snapshot) {
    const kind = key.split(' ', 1)[0] ?? ''
    counts[kind] = (counts[kind] ?? 0) + contents.length
  }
  return counts
}

/** What is wrong with an undisturbed run: against it nothing could be proved. */
export function faultsOfUndisturbed(
  snapshot: Snapshot,
  { samples, scored, poisoned, phases }: Stream,
): string[] {
  const stored = countsOf(snapshot)
  const letters = [...snapshot.keys()].filter((key) => key.startsWith('letter '))
  const unburied = poisoned.filter((id) => !letters.some((key) => key.includes(` ${id} `)))
  const expected = { row: samples, score: scored, version: phases.length }
  return [
    ...Object.entries(expected)
      .filter(([kind, count]) => stored[kind] !== count)
      .map(([kind, count]) => `${stored[kind] ?? 0} of ${count} ${kind}s`),
    ...unburied.slice(0, SHOWN).map((id) => `no dead letter of the poisoned event ${id}`),
  ]
}

const WIDTH = 400

/** The report for people. */
export function reportText(report: Report): string {
  const { seed, events, lost, doubled, different, missing, first, again } = report
  const { undisturbed, disturbed } = report.seconds
  return [
    `${events} events of seed ${seed}, which left ${listed(report.stored)}`,
    `faults: ${listed(report.faults)}`,
    `breaks: ${listed(report.breaks)}`,
    `undisturbed ${undisturbed} s, disturbed ${disturbed} s`,
    `lost ${lost}, doubled ${doubled}, different ${different}`,
    ...first.flatMap(({ kind, key, expected, found }) => [
      `${kind}: ${shown(key)}`,
      `  undisturbed: ${expected.map(shown).join(' and ') || 'nothing'}`,
      `  disturbed:   ${found.map(shown).join(' and ') || 'nothing'}`,
    ]),
    ...(missing.length === 0
      ? []
      : [`no pass: of what was planned, ${missing.join(', ')} did not happen`]),
    ...(report.isPassed ? [] : [`again: ${again}`]),
  ].join('\n')
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

function shown(text: string): string {
  return cut(printable(text), WIDTH)
}
