import type { ShownLetter } from './dead-letters.ts'
import { printable } from './printable.ts'
import { table } from './table.ts'

/** Dead letters as a table for people. */
export function letterTable(letters: readonly ShownLetter[]): string {
  const rows = letters.map((letter) => [
    letter.id,
    `${age(letter.ageSeconds)} ago`,
    letter.status ?? '-',
    letter.code,
    letter.of === 'row' ? 'a row' : letter.type,
    letter.destination,
    letter.redriven === undefined ? 'waits' : 'sent again',
    letter.reason,
  ])
  const columns = ['letter', 'stored', 'status', 'code', 'what', 'refused by', 'state', 'reason']
  return table(columns, rows)
}

/** One dead letter for people: a fact a line, then its event. */
export function letterText(letter: ShownLetter): string {
  const { redriven, attempts, of } = letter
  const facts = [
    ['letter', letter.id],
    ['reason', letter.reason],
    ['code', letter.code],
    [
      'status',
      of === 'row' ? 'none: the function left the row out' : (letter.status ?? 'no answer'),
    ],
    ['attempts', attempts ?? 'all that its source makes'],
    ['stored', `${letter.storedAt}, ${age(letter.ageSeconds)} ago`],
    ['refused by', letter.destination],
    ['what', of === 'row' ? 'one row of an event' : letter.type],
    ['event', `${letter.eventId} from ${letter.source}`],
    [
      'sent again',
      redriven === undefined
        ? 'never'
        : `${times(redriven.times)}: ${redriven.at}, ${redriven.answer}`,
    ],
    ...Object.entries(letter.headers).map(([name, value]) => [`  ${name}`, value] as const),
  ] as const
  const width = Math.max(...facts.map(([name]) => name.length))
  const lines = facts.map(([name, value]) => `${name.padEnd(width)}  ${printable(String(value))}`)
  return [...lines, '', ...bodyLines(letter)].join('\n')
}

function bodyLines({ bytes, data, data_base64: base64 }: ShownLetter): string[] {
  if (bytes === 0) return ['no data']
  if (base64 !== undefined) return [`${bytes} bytes that are no JSON, as base64:`, base64]
  return [`${bytes} bytes:`, ...JSON.stringify(data, undefined, 2).split('\n').map(printable)]
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const

/** A duration in its largest unit. */
function age(seconds: number): string {
  const [unit, length] = UNITS.find(([, least]) => seconds >= least) ?? ['s', 1]
  return `${Math.floor(seconds / length)} ${unit}`
}
