import { z } from 'zod'

import type { Forecast } from '../ports/forecasts.ts'

const bound = z.union([z.number(), z.null()])

const forecast: z.ZodType<Forecast> = z.object({
  series: z.string(),
  origin: z.string(),
  model: z.string(),
  version: z.number(),
  trainedThrough: z.union([z.string(), z.null()]),
  stateRevision: z.exactOptional(z.number()),
  steps: z.array(
    z.object({
      timestamp: z.string(),
      horizon: z.number(),
      prediction: z.number(),
      lower: bound,
      upper: bound,
      level: bound,
    }),
  ),
})

/** A forecast as a store keeps it, checked when it is read back. */
export const parseForecast = (value: unknown): Forecast => forecast.parse(value)

/** The timestamp of a forecast's last step; a forecast without steps says nothing after its origin. */
export function lastStep({ origin, steps }: Forecast): string {
  return steps.reduce((last, { timestamp }) => (timestamp > last ? timestamp : last), origin)
}
