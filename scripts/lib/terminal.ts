import { styleText } from 'node:util'

import type { Level } from '../../platform/local/facts.ts'
import { cut, printable } from './printable.ts'

/** One fact of the platform or of a function, with the wall's time at which it was said. */
export interface Fact {
  readonly time: Date
  readonly level: Level
  readonly who: string
  readonly fact: string
  readonly details: Readonly<Record<string, unknown>>
}

/** The colour of a name. */
export type Colours = (name: string) => Colour

/** Gives names colours, in turn: a name keeps its own, and the first six names have different ones. */
export function startColours(): Colours {
  const given = new Map<string, Colour>()
  return (name) => {
    const colour = given.get(name) ?? COLOURS[given.size % COLOURS.length] ?? 'cyan'
    given.set(name, colour)
    return colour
  }
}

/** A fact as one JSON line; its own members win over details of the same name. */
export function factJson({ time, level, who, fact, details }: Fact): string {
  const own = { time: time.toISOString(), level, who, fact }
  return JSON.stringify({ ...own, ...details, ...own })
}

const WHO_WIDTH = 19
const DETAIL_WIDTH = 160

/** A fact as one line for people: when, who, what, and the details behind it; coloured when there are colours. */
export function factLine(
  { time, level, who, fact, details }: Fact,
  colours: Colours | undefined,
): string {
  const paint = (format: Format, text: string): string =>
    colours === undefined ? text : styleText(format, text, { validateStream: false })
  // `Service train`, `KafkaSource train` and `train` belong together.
  const colour = colours?.(who.slice(who.lastIndexOf(' ') + 1)) ?? 'cyan'
  const said = `${LEVEL_WORDS[level]}${printable(fact)}`
  const format = LEVEL_FORMATS[level]
  const more = Object.entries(details)
    // A function names itself in each of its facts; here its name stands in front already.
    .filter(([key, value]) => key !== 'function' || value !== who)
    .map(([key, value]) => detail(key, value))
  return [
    paint('dim', clock(time)),
    paint(colour, printable(who).padEnd(WHO_WIDTH)),
    paint('dim', '│'),
    format === undefined ? said : paint(format, said),
    ...(more.length === 0 ? [] : [paint('dim', more.join(' '))]),
  ].join(' ')
}

/** The time of day on the reader's own clock. */
export function clock(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
}

type Colour = (typeof COLOURS)[number]
type Format = Colour | 'dim' | 'red' | 'yellow'

const COLOURS = ['cyan', 'green', 'magenta', 'blue', 'yellowBright', 'cyanBright'] as const
const LEVEL_FORMATS = { debug: 'dim', info: undefined, warn: 'yellow', error: 'red' } as const
const LEVEL_WORDS = { debug: '', info: '', warn: 'warning: ', error: 'error: ' } as const

function detail(key: string, value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return cut(`${printable(key)}=${printable(text)}`, DETAIL_WIDTH)
}
