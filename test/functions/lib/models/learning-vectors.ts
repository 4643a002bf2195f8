import { readFileSync } from 'node:fs'
import { z } from 'zod'

const numbers = z.array(z.number())

/** Made by test/vectors/learning-vectors.py with River, statsmodels and NumPy. */
export const learningVectors = z
  .object({
    detectors: z.array(
      z.object({
        name: z.string(),
        values: numbers,
        page_hinkley_up: numbers,
        'page_hinkley_up_delta_0.1_threshold_20': numbers,
        adwin: numbers,
      }),
    ),
    newey_west: z.array(z.object({ values: numbers, lags: z.number(), variance: z.number() })),
    errors: numbers,
    quantiles: z.array(z.object({ n: z.number(), aim: z.number(), width: z.number() })),
    metrics: z.object({
      mae: z.number(),
      rmse: z.number(),
      bias: z.number(),
      fading_mae: z.number(),
      fading_rmse: z.number(),
    }),
  })
  .parse(JSON.parse(read('learning-vectors.json')))

/** The stream of River's documentation of its detectors: the mean rises at index 1000. */
export const driftStream = read('drift-stream.csv').trim().split('\n').slice(1).map(Number)

/** Six regimes of the seed system's stream (scikit-learn 1.6.1, seed 42), features by name. */
export const seedStream = read('seed-stream.csv')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const values = line.split(',').map(Number)
    const features = Object.fromEntries(
      values.slice(2, 12).map((value, index) => [`feat_${index}`, value]),
    )
    return { features, target: values[12] ?? Number.NaN }
  })

function read(file: string): string {
  return readFileSync(new URL(`../../../vectors/${file}`, import.meta.url), 'utf8')
}
