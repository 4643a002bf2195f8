/** Something in a manifest that keeps the folder from running. The message says what, and the way out. */
export interface Problem {
  /** Path relative to the folder that was read. */
  readonly file: string
  /** Line of the field in question, from 1. */
  readonly line: number
  readonly message: string
}

/** Everything that is wrong with a folder's manifests, by file and line. */
export class ManifestError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    const sorted = problems.toSorted(byPlace)
    super(sorted.map(problemLine).join('\n'))
    this.name = 'ManifestError'
    this.problems = sorted
  }
}

/** Problems by file, then by line. */
export function byPlace(a: Problem, b: Problem): number {
  return byText(a.file, b.file) || a.line - b.line
}

/** A problem as editors and terminals find its place. */
export function problemLine({ file, line, message }: Problem): string {
  return `${file}:${line}: ${message}`
}

/** Code unit order: the same on every machine, unlike a locale's. */
export function byText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
