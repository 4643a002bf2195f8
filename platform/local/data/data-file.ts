import { timestampKey } from '../../../functions/lib/timestamps.ts'
import { numberOf, timeOf } from './cells.ts'
import { chooseColumns } from './columns.ts'
import type { Column, ColumnOptions, Columns } from './columns.ts'
import { csvRecords } from './csv-records.ts'
import type { CsvRecord } from './csv-records.ts'
import { DataFileError } from './data-file-error.ts'

/** One row of a file: what it holds, or why it is left out. */
export type DataRow = (
  | {
      readonly kind: 'row'
      /** UTC with three decimals. */
      readonly timestamp: string
      /** Without those the row lacks. */
      readonly features: Readonly<Record<string, number>>
      readonly target: number | undefined
    }
  | { readonly kind: 'refused'; readonly reason: string }
) &
  Pick<CsvRecord, 'line' | 'bytes'>

/** A file of rows in the order of the file, which need not be that of time. */
export interface DataFile {
  readonly columns: Columns
  /** Reads it from the beginning, each time: a row at a time, whatever the size of the file. */
  rows(): AsyncGenerator<DataRow, void>
}

/** So many rows are looked at before anything is done with one. */
const SAMPLE = 100

/**
 * Opens a CSV file whose first line names its columns, and looks at its first rows. Throws a `DataFileError` when it
 * cannot be read, a column is wrong, or a column holds text alone.
 */
export async function openDataFile(file: string, options: ColumnOptions): Promise<DataFile> {
  const sample: CsvRecord[] = []
  let header: readonly string[] | undefined
  for await (const record of csvRecords(file)) {
    if (header === undefined) header = record.cells
    else sample.push(record)
    if (sample.length === SAMPLE) break
  }
  if (header === undefined) throw new DataFileError(`${file} is empty`)
  const columns = within(file, () => chooseColumns(header, options))
  if (sample.length === 0)
    throw new DataFileError(`${file} has no row below the names of its columns`)
  within(file, () => refuseText(columns, sample))
  return { columns, rows: () => rowsOf(file, columns) }
}

function within<T>(file: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (!(cause instanceof DataFileError)) throw cause
    throw new DataFileError(`${file}: ${cause.message}`, { cause })
  }
}

/** A column that is text in every row of the beginning would have every row refused. */
function refuseText(
  { count, time, target, features }: Columns,
  sample: readonly CsvRecord[],
): void {
  const whole = sample.filter(({ cells }) => cells.length === count)
  const [first] = whole
  if (first === undefined) return
  if (
    whole.every(({ cells }) => timeOf(time.map((each) => cells[each.index] ?? '')) === undefined)
  ) {
    throw new DataFileError(`line ${first.line}: ${noTime(time, first.cells)}`)
  }
  const isText = ({ index }: Column): boolean => {
    const found = whole.map(({ cells }) => numberOf(cells[index] ?? ''))
    return found.includes('text') && found.every((each) => typeof each !== 'number')
  }
  if (target !== undefined && isText(target)) {
    throw new DataFileError(`column "${target.name}", the target, holds text`)
  }
  const texts = features.filter(isText).map(({ name }) => name)
  if (texts.length > 0) {
    const columns = `${texts.length === 1 ? 'column' : 'columns'} "${texts.join('", "')}"`
    throw new DataFileError(
      `${columns} ${texts.length === 1 ? 'holds' : 'hold'} text, and a feature is a number: leave out what is none with --ignore ${texts.join(',')}`,
    )
  }
}

async function* rowsOf(file: string, columns: Columns): AsyncGenerator<DataRow, void> {
  let isHeader = true
  for await (const record of csvRecords(file)) {
    if (!isHeader) yield rowOf(record, columns)
    isHeader = false
  }
}

function rowOf({ cells, line, bytes }: CsvRecord, columns: Columns): DataRow {
  const { count, time, target, features } = columns
  const refused = (reason: string): DataRow => ({ kind: 'refused', reason, line, bytes })
  if (cells.length !== count) {
    return refused(`it has ${cells.length} cells, and the first line names ${count} columns`)
  }
  const at = timeOf(time.map(({ index }) => cells[index] ?? ''))
  if (at === undefined) return refused(noTime(time, cells))
  const found: Record<string, number> = {}
  for (const { name, index, feature } of features) {
    const value = numberOf(cells[index] ?? '')
    if (value === 'text') return refused(noNumber(name, cells[index]))
    if (value !== 'missing') found[feature] = value
  }
  const goal = target === undefined ? 'missing' : numberOf(cells[target.index] ?? '')
  if (goal === 'text') return refused(noNumber(target?.name, cells[target?.index ?? 0]))
  if (goal === 'missing' && Object.keys(found).length === 0) return refused('it holds no number')
  return {
    kind: 'row',
    timestamp: timestampKey(at),
    features: found,
    target: goal === 'missing' ? undefined : goal,
    line,
    bytes,
  }
}

function noTime(time: readonly Column[], cells: readonly string[]): string {
  const texts = time.map(({ index }) => `"${short(cells[index])}"`).join(' and ')
  const names = time.map(({ name }) => `"${name}"`).join(' and ')
  const wanted =
    time.length === 1
      ? 'ISO 8601, or seconds or milliseconds since 1970'
      : 'an ISO 8601 date, and an hour from 0 to 23 or a time of day'
  return `${texts} in ${names} is no time (${wanted})`
}

function noNumber(name: string | undefined, cell: string | undefined): string {
  return `"${short(cell)}" in "${name}" is no number`
}

const SHOWN = 40

function short(cell = ''): string {
  return cell.length > SHOWN ? `${cell.slice(0, SHOWN)}…` : cell
}
