import { faultOfFeatureName } from '../../../functions/lib/row-events.ts'
import { MAX_FEATURES } from '../../../functions/lib/ports/rows.ts'
import { nearest } from '../manifests/nearest.ts'
import { DataFileError } from './data-file-error.ts'

/** What the user says of a file's columns, in the words of the command line. */
export interface ColumnOptions {
  /** `column`, or `date+hour`. */
  readonly time?: string | undefined
  readonly target?: string | undefined
  /** Columns separated by commas. */
  readonly ignore?: string | undefined
}

/** A column of the file. */
export interface Column {
  readonly name: string
  readonly index: number
}

/** What the columns of a file are for. */
export interface Columns {
  /** How many cells a row has. */
  readonly count: number
  /** One, or a date and an hour. */
  readonly time: readonly Column[]
  readonly target: Column | undefined
  /** `feature` is the column's name made legal. */
  readonly features: readonly (Column & { readonly feature: string })[]
}

/** Names that say what they are, the likeliest first; without regard to case. */
const TIME_NAMES = ['timestamp', 'time', 'datetime', 'date_time', 'date', 'ds', 'ts']

/** Decides what each column is for. Throws a `DataFileError` that names the columns there are, and the way out. */
export function chooseColumns(header: readonly string[], options: ColumnOptions): Columns {
  const columns = header.map((cell, index) => {
    const name = cell.trim()
    return { name: name === '' ? `column_${index + 1}` : name, index }
  })
  refuseTwins(columns)
  if (columns.every(({ name }) => !Number.isNaN(Number(name)))) {
    throw new DataFileError(
      'its first line holds numbers: put a line with the names of the columns above them',
    )
  }
  const ignored = namesIn(options.ignore ?? '', ',', columns).map((name) =>
    find(columns, name, '--ignore'),
  )
  const time = timeColumns(columns, options.time)
  const target =
    options.target === undefined
      ? columns.find((each) => each.name === 'target' && !ignored.includes(each))
      : find(columns, options.target, '--target')
  if (target !== undefined && (time.includes(target) || ignored.includes(target))) {
    const other = time.includes(target) ? '--time' : '--ignore'
    throw new DataFileError(`column "${target.name}" is named by --target and by ${other}`)
  }
  const rest = columns.filter(
    (each) => each !== target && !time.includes(each) && !ignored.includes(each),
  )
  if (rest.length === 0 && target === undefined) {
    throw new DataFileError('it has no column beside those of the time and those to ignore')
  }
  return { count: columns.length, time, target, features: named(rest) }
}

function refuseTwins(columns: readonly Column[]): void {
  const twin = columns.find(({ name }, index) =>
    columns.slice(0, index).some((c) => c.name === name),
  )
  if (twin !== undefined) {
    throw new DataFileError(`two columns are named "${twin.name}": rename one of them`)
  }
}

/** The names in a text; a column's own name may hold the separator. */
function namesIn(text: string, separator: string, columns: readonly Column[]): string[] {
  if (columns.some(({ name }) => name === text)) return [text]
  return text
    .split(separator)
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function find(columns: readonly Column[], name: string, option: string): Column {
  const found = columns.find((each) => each.name === name)
  if (found !== undefined) return found
  const names = columns.map((each) => each.name)
  const near = nearest(name, names)
  const way = near === undefined ? listed(names) : `did you mean "${near}"?`
  throw new DataFileError(`${option}: there is no column "${name}"; ${way}`)
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 30).join(', ')
  const more = names.length > 30 ? ` and ${names.length - 30} more` : ''
  const way = names.length === 1 && /[;\t|]/.test(shown) ? ' (separate columns by commas)' : ''
  return `its columns: ${shown}${more}${way}`
}

function timeColumns(columns: readonly Column[], time: string | undefined): Column[] {
  if (time === undefined) {
    const guess = TIME_NAMES.map((name) =>
      columns.find((each) => each.name.toLowerCase() === name),
    ).find((each) => each !== undefined)
    if (guess !== undefined) return [guess]
    throw new DataFileError(
      `no column is named ${TIME_NAMES.slice(0, -1).join(', ')} or ${TIME_NAMES.at(-1)}: say which holds the time with --time <column>, or --time <date>+<hour>; ${listed(columns.map(({ name }) => name))}`,
    )
  }
  const names = namesIn(time, '+', columns)
  if (names.length < 1 || names.length > 2) {
    throw new DataFileError('--time takes a column, or two as <date>+<hour>')
  }
  return names.map((name) => find(columns, name, '--time'))
}

function named(columns: readonly Column[]): Columns['features'] {
  if (columns.length > MAX_FEATURES) {
    throw new DataFileError(
      `it has ${columns.length} columns of features, and a row takes ${MAX_FEATURES}: name some with --ignore`,
    )
  }
  const features = columns.map((each) => ({ ...each, feature: legalName(each.name) }))
  for (const [index, { name, feature }] of features.entries()) {
    const twin = features.slice(0, index).find((each) => each.feature === feature)
    if (twin === undefined) continue
    throw new DataFileError(
      `columns "${twin.name}" and "${name}" both become the feature "${feature}": rename one of them, or name it with --ignore`,
    )
  }
  return features
}

const MAX_NAME = 64

/** The nearest legal name: other characters become `_`, and a reserved name gets one behind it. */
function legalName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_ -]/g, '_').slice(0, MAX_NAME)
  const begun = /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`.slice(0, MAX_NAME)
  return faultOfFeatureName(begun) === undefined ? begun : `${begun}_`
}
