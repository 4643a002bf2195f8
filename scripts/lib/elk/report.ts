/** What became of a thing: it was there as it should be, was made, was replaced, or is left out. */
export type Outcome = 'already so' | 'made' | 'changed' | 'left out'

/** Tells what happens, a line for each thing, and sums it up. */
export class Report {
  readonly #write: (line: string) => void
  #changes = 0

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  /** Notes what became of a thing, and why where that is not plain. */
  note(what: string, outcome: Outcome, why?: string): void {
    if (outcome === 'made' || outcome === 'changed') this.#changes += 1
    this.#write(`${what}: ${outcome}${why === undefined ? '' : ` (${why})`}`)
  }

  /** Says in one line whether anything was changed. */
  close(): void {
    const count = this.#changes
    this.#write(
      count === 0
        ? 'nothing to change'
        : `${count} ${count === 1 ? 'thing' : 'things'} made or changed`,
    )
  }
}
