import { Cron } from 'croner'

import { faultOfSchedule } from '../manifests/cron.ts'

/** When a schedule fires. */
export interface CronSchedule {
  /** The first tick after an instant, both virtual milliseconds; undefined when there is none any more. */
  after(ms: number): number | undefined
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const WEEKDAYS = 'sun mon tue wed thu fri sat'.split(' ')

/** The lowest and highest value of each field, seconds first, and the names of its values from the lowest on. */
const FIELDS: readonly { least: number; most: number; names: readonly string[] }[] = [
  { least: 0, most: 59, names: [] },
  { least: 0, most: 59, names: [] },
  { least: 0, most: 23, names: [] },
  { least: 1, most: 31, names: [] },
  { least: 1, most: 12, names: MONTHS },
  { least: 0, most: 6, names: WEEKDAYS },
]

/**
 * Reads a PingSource's schedule: five fields or six with seconds first, or a descriptor such as `@hourly`, in an IANA
 * time zone (UTC unless one is given).
 *
 * Takes what Knative's parser (robfig/cron v3) takes and nothing that croner adds. Where clocks are set forward or back,
 * croner's rules hold. Throws an Error that says what is wrong.
 */
export function cronSchedule(schedule: string, timezone = 'UTC'): CronSchedule {
  const fault = faultOfSchedule(schedule)
  if (fault !== undefined) throw new Error(`schedule "${schedule}" ${fault}`)
  checkZone(timezone)
  const cron = new Cron(translated(schedule.trim()), { timezone, mode: '5-or-6-parts' })
  return { after: (ms) => cron.nextRun(new Date(ms))?.getTime() }
}

function checkZone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone }).format(0)
  } catch (cause) {
    throw new Error(`timezone "${timezone}" is unknown: write one like Europe/Berlin`, { cause })
  }
}

/** A schedule of Knative's parser in croner's words: its `?`, `5/15` and too long steps mean something else there. */
function translated(schedule: string): string {
  if (schedule.startsWith('@')) return schedule
  const parts = schedule.split(/\s+/)
  const fields = FIELDS.slice(FIELDS.length - parts.length)
  return fields
    .map((field, index) => {
      const items = (parts[index] ?? '*').split(',')
      return items.map((item) => translatedItem(item, field)).join(',')
    })
    .join(' ')
}

function translatedItem(item: string, { least, most, names }: (typeof FIELDS)[number]): string {
  const [range = '', step] = item.split('/')
  const isAny = range === '*' || range === '?'
  if (isAny && step === undefined) return '*'
  const valueOf = (text: string) => {
    const named = names.indexOf(text.toLowerCase())
    return named === -1 ? Number(text) : named + least
  }
  const [first = least, last = step === undefined ? first : most] = isAny
    ? [least, most]
    : range.split('-').map(valueOf)
  if (first === last || Number(step) > last - first) return String(first)
  return `${first}-${last}${step === undefined ? '' : `/${step}`}`
}
