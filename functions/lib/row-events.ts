import { RejectedError } from './errors.ts'
import { DEFAULT_SERIES, PLAIN_RECORD } from './events.ts'
import type { Cause, IncomingEvent, Prediction, Rejection, RowPatch, StoredRow } from './events.ts'
import { MAX_FEATURES } from './ports/rows.ts'
import { parseTimestamp, timestampKey } from './timestamps.ts'

/** The rows of an event that can be used, as patches of stored rows, and those that were refused. */
export interface ParsedRows {
  cause: Cause
  patches: RowPatch[]
  rejections: Rejection[]
}

const FEATURE_NAME = /^[A-Za-z_][A-Za-z0-9_ -]{0,63}$/
const MODEL_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/
const SERIES_NAME = /^[^\p{Cc}]{1,128}$/u
/** What every object inherits: a row that lacks such a feature would seem to have it. */
const UNSAFE_NAMES = [...Object.getOwnPropertyNames(Object.prototype), 'prototype']
const RESERVED_NAMES = new Set([
  ...UNSAFE_NAMES,
  ...(
    'timestamp time series target prediction predictions features model version stateRevision lower upper level ' +
    'trainedThrough champion horizon origin cause error late storedAt'
  ).split(' '),
])

/**
 * What an event adds to stored rows: the kind of its rows, or undefined when it is of another type.
 *
 * Reads `dev.nowcast.features|target|prediction` and the seed system's plain records, whose record key says the kind.
 */
export function causeOf(event: IncomingEvent): Cause | undefined {
  const kind =
    event.type === PLAIN_RECORD
      ? event.extensions['key']
      : /^dev\.nowcast\.(\w+)$/.exec(event.type)?.[1]
  return kind === 'features' || kind === 'target' || kind === 'prediction' ? kind : undefined
}

/** Reads a features, target or prediction event, row by row. Throws `RejectedError` when it holds no rows at all. */
export function parseRows(event: IncomingEvent, cause: Cause): ParsedRows {
  const { good, rejections } = eachRow(event, (row) => {
    const key = rowKey(event, row)
    switch (cause) {
      case 'features':
        return { ...key, features: atLeastOne(parseFeatures(row)) }
      case 'target':
        return { ...key, target: finite(row, 'target') }
      case 'prediction':
        return { ...key, predictions: parseFlatPrediction(row) }
    }
  })
  return { cause, patches: good, rejections }
}

/** Reads a `dev.nowcast.row` event: rows as they are stored. Throws `RejectedError` when it holds no rows at all. */
export function parseStoredRows(event: IncomingEvent): {
  good: StoredRow[]
  rejections: Rejection[]
} {
  return eachRow(event, (row) => {
    const stored: StoredRow = {
      ...rowKey(event, row),
      features: record(row, 'features', parseFeatures),
      predictions: record(row, 'predictions', (predictions) =>
        Object.fromEntries(
          Object.keys(predictions).map((model) => {
            checkModelName(model)
            return [model, record(predictions, model, parsePrediction)]
          }),
        ),
      ),
    }
    if (row['target'] !== undefined) stored.target = finite(row, 'target')
    return stored
  })
}

/** Which score a row of `dev.nowcast.error` is about. */
export interface ScoreKey {
  series: string
  timestamp: string
  model: string
  horizon: number
}

/** Reads which scores a `dev.nowcast.error` event is about. Throws `RejectedError` when it holds no rows at all. */
export function parseScoreKeys(event: IncomingEvent): {
  good: ScoreKey[]
  rejections: Rejection[]
} {
  return eachRow(event, (row) => {
    return { ...rowKey(event, row), model: modelOf(row), horizon: wholeNumber(row, 'horizon') }
  })
}

/**
 * Reads the numeric features among a row's fields; `null` means missing. Names that are reserved or malformed, values
 * that are no finite number are refused.
 */
function parseFeatures(row: Readonly<Record<string, unknown>>): Record<string, number> {
  const features: Record<string, number> = {}
  let count = 0
  for (const name of Object.keys(row)) {
    if (name === 'timestamp' || name === 'series') continue
    const fault = faultOfFeatureName(name)
    if (fault !== undefined) throw new RejectedError(fault.code, fault.reason)
    if (row[name] === null) continue
    features[name] = finite(row, name)
    count += 1
    if (count > MAX_FEATURES) {
      throw new RejectedError('too-many-features', `more than ${MAX_FEATURES} features in a row`)
    }
  }
  return features
}

/** Why a feature may not be named so; undefined when it may. */
export function faultOfFeatureName(name: string): Omit<Rejection, 'row'> | undefined {
  if (RESERVED_NAMES.has(name)) {
    const reason = `${quote(name)} is reserved: name the feature otherwise`
    return { code: 'name-reserved', reason }
  }
  if (FEATURE_NAME.test(name)) return undefined
  const reason = `${quote(name)} is no feature name: a letter or _, then up to 63 letters, digits, spaces, _ or -`
  return { code: 'name-invalid', reason }
}

function atLeastOne(features: Record<string, number>): Record<string, number> {
  if (Object.keys(features).length > 0) return features
  throw new RejectedError('no-features', 'the row has no feature')
}

/** The time of a row in milliseconds since the epoch, or a `RejectedError` that says what is wrong with it. */
export function rowTime(row: Readonly<Record<string, unknown>>): number {
  const text = row['timestamp']
  if (text === undefined || text === null) {
    throw new RejectedError('timestamp-missing', 'the row has no timestamp')
  }
  const time = parseTimestamp(text)
  if (time === undefined) {
    throw new RejectedError(
      'timestamp-unreadable',
      `timestamp ${quote(text)} is not ISO 8601, e.g. "2026-01-31T12:00:00.000Z"`,
    )
  }
  return time
}

/** Whether a value is a JSON object, with fields to read. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads the name of a series, or throws a `RejectedError`. */
export function parseSeries(series: unknown): string {
  if (typeof series === 'string' && SERIES_NAME.test(series)) return series
  throw new RejectedError(
    'series-invalid',
    `series ${quote(series)} is no name of 1 to 128 printable characters`,
  )
}

function rowKey(
  event: IncomingEvent,
  row: Readonly<Record<string, unknown>>,
): { series: string; timestamp: string } {
  const subject = event.type === PLAIN_RECORD ? undefined : event.subject
  const series = parseSeries(row['series'] ?? subject ?? DEFAULT_SERIES)
  return { series, timestamp: timestampKey(rowTime(row)) }
}

/**
 * Reads the rows of an event one by one; one that `parse` throws a `RejectedError` for is refused and stops no other.
 * Throws `RejectedError` when the event holds no rows at all.
 */
export function eachRow<T>(
  event: IncomingEvent,
  parse: (row: Record<string, unknown>) => T,
): { good: T[]; rejections: Rejection[] } {
  const good: T[] = []
  const rejections: Rejection[] = []
  for (const row of rowsOf(event)) {
    try {
      if (!isRecord(row)) throw new RejectedError('not-an-object', 'the row is not a JSON object')
      good.push(parse(row))
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error
      rejections.push({ row, isAsSent: true, code: error.code, reason: error.message })
    }
  }
  return { good, rejections }
}

/** Throws a `RejectedError` that stands for all rows when not one of them is good. */
export function requireGoodRows(good: readonly unknown[], rejections: readonly Rejection[]): void {
  const first = rejections[0]
  if (good.length > 0 || first === undefined) return
  const others = rejections.length === 1 ? '' : ` (and ${rejections.length - 1} more rows refused)`
  throw new RejectedError(first.code, `${first.reason}${others}`)
}

function rowsOf(event: IncomingEvent): unknown[] {
  const data = jsonData(event)
  if (!isRecord(data)) {
    throw new RejectedError('no-rows', 'the data is neither a row object nor {"rows": […]}')
  }
  if (!('rows' in data)) return [data]
  if (!Array.isArray(data['rows']) || data['rows'].length === 0) {
    throw new RejectedError('no-rows', '"rows" is not a list with at least one row')
  }
  return data['rows']
}

/** A plain Kafka record usually names no content type, so its bytes are read as the JSON the seed's producers write. */
function jsonData(event: IncomingEvent): unknown {
  if (!(event.data instanceof Uint8Array)) return event.data
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(event.data))
  } catch (cause) {
    throw new RejectedError('malformed-json', 'the data is not JSON in UTF-8', { cause })
  }
}

function parseFlatPrediction(row: Record<string, unknown>): Record<string, Prediction> {
  return { [modelOf(row)]: parsePrediction(row) }
}

function modelOf(row: Record<string, unknown>): string {
  const model = row['model']
  if (typeof model !== 'string') throw new RejectedError('model-missing', 'the row names no model')
  checkModelName(model)
  return model
}

function checkModelName(model: string): void {
  if (MODEL_NAME.test(model) && !UNSAFE_NAMES.includes(model)) return
  throw new RejectedError(
    'model-invalid',
    `${quote(model)} is no model name: a letter or _, then up to 63 letters, digits, _ or -`,
  )
}

function parsePrediction(row: Readonly<Record<string, unknown>>): Prediction {
  const prediction: Prediction = {
    prediction: finite(row, 'prediction'),
    version: wholeNumber(row, 'version'),
    lower: finiteOrNull(row, 'lower'),
    upper: finiteOrNull(row, 'upper'),
    level: finiteOrNull(row, 'level'),
    champion: row['champion'] === true,
  }
  const trainedThrough = row['trainedThrough']
  if (trainedThrough === null) prediction.trainedThrough = null
  else if (trainedThrough !== undefined) {
    const time = parseTimestamp(trainedThrough)
    if (time === undefined) {
      throw new RejectedError(
        'trained-through-unreadable',
        `trainedThrough ${quote(trainedThrough)} is neither null nor ISO 8601`,
      )
    }
    prediction.trainedThrough = timestampKey(time)
  }
  if (row['stateRevision'] !== undefined) {
    prediction.stateRevision = wholeNumber(row, 'stateRevision')
  }
  return prediction
}

function record<T>(
  row: Readonly<Record<string, unknown>>,
  name: string,
  parse: (value: Record<string, unknown>) => T,
): T {
  const value = row[name]
  if (!isRecord(value)) throw new RejectedError('not-an-object', `${quote(name)} is not an object`)
  return parse(value)
}

function finite(row: Readonly<Record<string, unknown>>, name: string): number {
  const value = row[name]
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new RejectedError(
    'not-a-number',
    `${quote(name)} is ${describe(value)}, not a finite number`,
  )
}

function finiteOrNull(row: Readonly<Record<string, unknown>>, name: string): number | null {
  return row[name] === undefined || row[name] === null ? null : finite(row, name)
}

function wholeNumber(row: Readonly<Record<string, unknown>>, name: string): number {
  const value = row[name]
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new RejectedError(
    'not-a-number',
    `${quote(name)} is ${describe(value)}, not a whole number`,
  )
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'number') return 'out of range'
  return Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`
}

/** Quotes what a caller sent, cut short so that no message grows with its input; what is no plain value is named. */
function quote(value: unknown): string {
  if (typeof value === 'object' && value !== null) return describe(value)
  const text = String(value)
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
