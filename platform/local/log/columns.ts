import type { SQLOutputValue } from 'node:sqlite'

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>

/** The whole number in a column. An Error when something else stands there: the file is not what this code wrote. */
export function integerIn(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw unexpected(column, 'a number')
  return value
}

/** The text in a column. */
export function textIn(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw unexpected(column, 'text')
  return value
}

/** The bytes in a column; undefined for null. */
export function bytesIn(row: Row, column: string): Uint8Array | undefined {
  const value = row[column]
  if (value === null) return undefined
  if (!(value instanceof Uint8Array)) throw unexpected(column, 'bytes')
  return value
}

/** The headers of a record, from JSON. */
export function headersIn(row: Row, column: string): Record<string, string> {
  const parsed: unknown = JSON.parse(textIn(row, column))
  if (!isHeaders(parsed)) throw unexpected(column, 'headers')
  return parsed
}

function isHeaders(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((header) => typeof header === 'string')
  )
}

function unexpected(column: string, wanted: string): Error {
  return new Error(`the event log's column ${column} does not hold ${wanted}: start with --fresh`)
}
