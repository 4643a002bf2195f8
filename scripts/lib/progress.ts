import type { Status } from '../../platform/local/console/status.ts'

/** How a running platform gets on, over all series. */
export interface Progress {
  readonly why: string | null
  /** Of the newest complete rows: how many there are, are predicted, are scored. */
  readonly rows: number
  readonly predicted: number
  readonly scored: number
  /** By model (`series/model` when there are several series); null when nothing was scored in the last 30 s. */
  readonly meanSquaredError30: Readonly<Record<string, number | null>>
  /** The newest version of each model. */
  readonly versions: Readonly<Record<string, number>>
  /** Records that some group has not finished. */
  readonly lag: number
  readonly deadLetters: number
}

export function progressOf({ why, series, models, topics, deadLetters }: Status): Progress {
  const several = series.length > 1
  const errors = series.flatMap((one) =>
    one.perModel.map(
      ({ model, mse30 }) => [several ? `${one.series}/${model}` : model, mse30] as const,
    ),
  )
  return {
    why,
    rows: sum(series.map(({ rows }) => rows)),
    predicted: sum(series.map(({ predicted }) => predicted)),
    scored: sum(series.map(({ scored }) => scored)),
    meanSquaredError30: Object.fromEntries(errors),
    versions: Object.fromEntries(models.map(({ name, newest }) => [name, newest.version] as const)),
    lag: sum(topics.flatMap(({ groups }) => groups.map(({ lag }) => lag))),
    deadLetters: deadLetters.count,
  }
}

/** The progress in one short line. */
export function progressLine(progress: Progress): string {
  const { why, rows, predicted, scored, meanSquaredError30, versions, lag, deadLetters } = progress
  const errors = Object.entries(meanSquaredError30).map(
    ([name, error]) => `${name} ${error === null ? '–' : figure(error)}`,
  )
  const newest = Object.entries(versions).map(([name, version]) => `${name} v${version}`)
  return [
    why ?? `newest ${rows} rows: ${predicted} predicted, ${scored} scored`,
    ...(errors.length === 0 ? [] : [`squared error (30 s) ${errors.join(', ')}`]),
    ...(newest.length === 0 ? [] : [`newest ${newest.join(', ')}`]),
    `lag ${lag}`,
    ...(deadLetters === 0 ? [] : [`dead letters ${deadLetters}`]),
  ].join(' · ')
}

function figure(value: number): string {
  return value >= 1_000 ? String(Math.round(value)) : value.toPrecision(3)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
