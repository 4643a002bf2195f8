/** A figure beside the line it must reach. */
interface Line {
  name: string
  ours: number
  /** At most, at least, or between; both ends count. Undefined of a figure that is only shown. */
  limit: { most: number } | { least: number } | { least: number; most: number } | undefined
  /** What the seed system reaches, or whom the heading names; undefined where there is no such figure. */
  theirs?: number | undefined
}

export interface Lines {
  heading: (text: string) => void
  line: (line: Line) => void
  /** The lines that were missed, with their headings. */
  missed: () => string[]
}

/** Prints lines as they come and remembers which were missed; a figure that is no number is missed. */
export function startLines(print: (line: string) => void): Lines {
  const missed: string[] = []
  let topic = ''
  const row = (...[name = '', ours = '', limit = '', theirs = '', verdict = '']: string[]): void =>
    print(
      [name.padEnd(66), ours.padStart(9), limit.padStart(12), theirs.padStart(9), verdict]
        .join(' ')
        .trimEnd(),
    )
  row('', 'ours', 'line', 'seed')
  return {
    heading: (text) => {
      topic = text
      print(`\n${text}`)
    },
    line: ({ name, ours, limit, theirs }) => {
      const least = limit !== undefined && 'least' in limit ? limit.least : -Infinity
      const most = limit !== undefined && 'most' in limit ? limit.most : Infinity
      const isReached = limit === undefined || (ours >= least && ours <= most)
      if (!isReached) missed.push(`${topic}: ${name}`)
      row(
        `  ${name}`,
        figure(ours),
        limit === undefined ? '' : limitText(least, most),
        theirs === undefined ? '' : figure(theirs),
        isReached ? '' : 'MISSED',
      )
    },
    missed: () => missed,
  }
}

function limitText(least: number, most: number): string {
  if (least === -Infinity) return `≤ ${figure(most)}`
  if (most === Infinity) return `≥ ${figure(least)}`
  return least === most ? `= ${figure(least)}` : `${figure(least)}–${figure(most)}`
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return 'never'
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3))).replace(/^0\./, '.')
}
