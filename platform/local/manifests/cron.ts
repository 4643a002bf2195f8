const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const WEEKDAYS = 'sun mon tue wed thu fri sat'.split(' ')

interface CronField {
  readonly name: string
  readonly least: number
  readonly most: number
  /** Names of the values from `least` on. */
  readonly names?: readonly string[]
}

const SECOND: CronField = { name: 'second', least: 0, most: 59 }
const FIELDS: readonly CronField[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of the month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of the week', least: 0, most: 6, names: WEEKDAYS },
]
const DESCRIPTORS = ['yearly', 'annually', 'monthly', 'weekly', 'daily', 'midnight', 'hourly']

/**
 * What PingSource's cron parser (robfig/cron, seconds optional) would refuse a schedule for, as the rest of a sentence;
 * undefined when it takes it.
 */
export function faultOfSchedule(schedule: string): string | undefined {
  const text = schedule.trim()
  if (/^(CRON_)?TZ=/.test(text)) return 'names a time zone; write it in spec.timezone'
  if (text.startsWith('@')) {
    if (DESCRIPTORS.includes(text.slice(1))) return undefined
    return `is ${text}; write one of @${DESCRIPTORS.join(', @')}, or five or six fields`
  }
  const parts = text.split(/\s+/)
  if (parts.length !== FIELDS.length && parts.length !== FIELDS.length + 1) {
    return `has ${parts.length} fields; write five (minute hour day month weekday), or six with the second first`
  }
  const fields = parts.length === FIELDS.length ? FIELDS : [SECOND, ...FIELDS]
  for (const [index, field] of fields.entries()) {
    const part = parts[index] ?? ''
    if (part.split(',').some((item) => !isItem(item, field))) {
      return `has "${part}" as its ${field.name}; write *, a value from ${field.least} to ${field.most}, a-b, or a step such as */5`
    }
  }
  return undefined
}

function isItem(item: string, field: CronField): boolean {
  const [range = '', step, ...more] = item.split('/')
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false
  if (range === '*' || range === '?') return true
  const ends = range.split('-').map((end) => valueOf(end, field))
  const [first, last = first] = ends
  return ends.length <= 2 && first !== undefined && last !== undefined && first <= last
}

function valueOf(text: string, { least, most, names = [] }: CronField): number | undefined {
  const named = names.indexOf(text.toLowerCase())
  const value = named === -1 ? Number(/^\d+$/.test(text) ? text : Number.NaN) : named + least
  return value >= least && value <= most ? value : undefined
}
