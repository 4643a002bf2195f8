import type { OutgoingEvent } from '../../../functions/lib/events.ts'
import type { DataRow } from '../../../platform/local/data/data-file.ts'

type GoodRow = Extract<DataRow, { kind: 'row' }>

/** The features of some rows and their targets, as at most one event each. */
export function eventsOf(rows: readonly GoodRow[], series: string): OutgoingEvent[] {
  const features = rows
    .filter((row) => Object.keys(row.features).length > 0)
    .map((row) => ({ timestamp: row.timestamp, ...row.features }))
  const targets = rows.flatMap(({ timestamp, target }) =>
    target === undefined ? [] : [{ timestamp, target }],
  )
  const common = { series, partitionKey: series }
  return [
    ...(features.length === 0
      ? []
      : [{ ...common, type: 'dev.nowcast.features' as const, rows: features }]),
    ...(targets.length === 0
      ? []
      : [{ ...common, type: 'dev.nowcast.target' as const, rows: targets }]),
  ]
}
