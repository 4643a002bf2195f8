import type { EventLog, LogRecord } from './event-log.ts'

/** Records of one partition that are held in memory at once. */
const CHUNK = 16

/** Where to read on: the next offset of each partition. */
export type Positions = Map<number, number>

/** The positions before the newest `last` records of a topic by their timestamps. */
export function positionsBeforeNewest(log: EventLog, topic: string, last: number): Positions {
  const positions: Positions = new Map(
    log.ranges(topic).map(({ partition, end }) => [partition, end]),
  )
  const partitions = log
    .ranges(topic)
    .map(({ partition, start, end }) => backwards(log, topic, partition, start, end))
  for (const record of merged(partitions, (a, b) => compareRecords(b, a))) {
    if (last <= 0) break
    positions.set(record.partition, record.offset)
    last -= 1
  }
  return positions
}

/**
 * The records from the positions on up to those that are there now, partitions merged by timestamp. Moves the
 * positions on behind each record it hands out.
 */
export function* recordsFrom(
  log: EventLog,
  topic: string,
  positions: Positions,
): Generator<LogRecord> {
  const partitions = log
    .ranges(topic)
    .map(({ partition, end }) =>
      forwards(log, topic, partition, positions.get(partition) ?? 0, end),
    )
  for (const record of merged(partitions, compareRecords)) {
    positions.set(record.partition, record.offset + 1)
    yield record
  }
}

/** The newest `last` records, oldest first, and fewer when they are over the byte limit: the newest of them. */
export function newestRecords(
  log: EventLog,
  topic: string,
  last: number,
  maxBytes: number,
): LogRecord[] {
  const records: LogRecord[] = []
  let bytes = 0
  for (const record of recordsFrom(log, topic, positionsBeforeNewest(log, topic, last))) {
    records.push(record)
    bytes += size(record)
    while (bytes > maxBytes && records.length > 1) bytes -= size(records.shift())
  }
  return records
}

function* forwards(
  log: EventLog,
  topic: string,
  partition: number,
  start: number,
  end: number,
): Generator<LogRecord> {
  for (let from = start; from < end;) {
    const chunk = log.read(topic, partition, from, Math.min(CHUNK, end - from))
    yield* chunk
    from = (chunk.at(-1)?.offset ?? end) + 1
  }
}

function* backwards(
  log: EventLog,
  topic: string,
  partition: number,
  start: number,
  end: number,
): Generator<LogRecord> {
  for (let to = end; to > start;) {
    const from = Math.max(start, to - CHUNK)
    yield* log.read(topic, partition, from, to - from).toReversed()
    to = from
  }
}

/** Merges sorted sequences into one, holding the first record of each. */
function* merged(
  sequences: readonly Generator<LogRecord>[],
  order: (a: LogRecord, b: LogRecord) => number,
): Generator<LogRecord> {
  const heads = sequences.flatMap((rest) => nextHead(rest))
  while (heads.length > 0) {
    const first = heads.reduce((a, b) => (order(b.record, a.record) < 0 ? b : a))
    yield first.record
    heads.splice(heads.indexOf(first), 1, ...nextHead(first.rest))
  }
}

function nextHead(rest: Generator<LogRecord>): { record: LogRecord; rest: Generator<LogRecord> }[] {
  const next = rest.next()
  return next.done === true ? [] : [{ record: next.value, rest }]
}

/** The order of records of one topic: by time, and as they stand in their partitions. */
export function compareRecords(a: LogRecord, b: LogRecord): number {
  return a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset
}

function size(record: LogRecord | undefined): number {
  return record?.value?.length ?? 0
}
