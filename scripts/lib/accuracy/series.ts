import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A real series and how it is forecast: all counts in steps. */
export interface RealSeries {
  name: string
  season: number
  lags: number
  horizon: number
  /** Nothing is scored before that many values. */
  warmUp: number
  values: Float64Array
}

const SERIES = [
  { name: 'ETTh1 OT', file: 'etth1/ETTh1.csv', column: 'OT', plan: [24, 168, 24, 2880] },
  { name: 'nyc_taxi', file: 'nab/nyc_taxi.csv', column: 'value', plan: [336, 336, 48, 1500] },
  {
    name: 'machine_temp',
    file: 'nab/machine_temperature_system_failure.csv',
    column: 'value',
    plan: [288, 96, 12, 3000],
  },
  { name: 'bike hourly', file: 'bike-sharing/hour.csv', column: 'cnt', plan: [168, 336, 24, 3000] },
  {
    name: 'Melbourne min temp',
    file: 'melbourne/daily-min-temperatures.csv',
    column: 'Temp',
    plan: [365, 30, 7, 800],
  },
  {
    name: 'log AirPassengers',
    file: 'air-passengers/airline-passengers.csv',
    column: 'Passengers',
    plan: [12, 13, 12, 60],
    scale: Math.log,
  },
] as const

/**
 * The real series in a folder of data sets, as their publishers wrote them. Throws an Error that names a file not
 * there.
 */
export function readSeries(folder: string): RealSeries[] {
  return SERIES.map(({ plan: [season, lags, horizon, warmUp], ...series }) => {
    const values = readColumn(join(folder, series.file), series.column)
    const { name } = series
    return {
      name,
      season,
      lags,
      horizon,
      warmUp,
      values: 'scale' in series ? values.map(series.scale) : values,
    }
  })
}

/** One numeric column of a CSV file without quoted commas. */
export function readColumn(path: string, column: string): Float64Array {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/)
  const index = header.replaceAll('"', '').split(',').indexOf(column)
  if (index < 0) throw new Error(`${path} has no column "${column}": its header is ${header}`)
  return Float64Array.from(lines, (line) => Number(line.split(',')[index]?.replaceAll('"', '')))
}
