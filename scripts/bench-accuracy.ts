// Computes what the learning core reaches, one figure a line, beside the line it must reach and the figure of the seed
// system on the same rows; exits with 1 when a line is missed.
import { join } from 'node:path'
import process from 'node:process'

import { benchAlarms } from './lib/accuracy/documented-alarms.ts'
import { benchCost } from './lib/accuracy/cost.ts'
import { startLines } from './lib/accuracy/lines.ts'
import { runGramRidge, runRls, runSeedSystem } from './lib/accuracy/prequential.ts'
import { benchRealSeries } from './lib/accuracy/real-series.ts'
import { benchLearner, benchWatchedSeed } from './lib/accuracy/seed-lines.ts'
import { quietStream, seedStream } from './lib/accuracy/seed-stream.ts'

const lines = startLines(console.log)

const stream = seedStream(101)
const quiet = quietStream(36_000)
const seed = runSeedSystem(stream)

lines.heading('Seed stream, 100 redraws, and ten hours without one: RLS with jump reset')
benchLearner(lines, runRls, { stream, quiet, seed })

lines.heading('The same: Gram ridge with jump reset')
benchLearner(lines, runGramRidge, { stream, quiet, seed })

lines.heading("The seed system's model, watched")
benchWatchedSeed(lines, seed, stream.length)

lines.heading("Alarms that River documents, at index (the last column is River's)")
benchAlarms(lines)

lines.heading("Cost on one core (the last column is scikit-learn's)")
benchCost(lines, stream)

lines.heading('Real series, online ridge on lags: share that 90 % intervals hold')
const shared = process.env['NOWCAST_SHARED']
if (shared === undefined || shared === '') {
  console.log('not measured: set NOWCAST_SHARED to a folder with data/')
} else {
  benchRealSeries(lines, join(shared, 'data'))
}

if (lines.missed().length > 0) {
  console.error(`\nmissed:\n  ${lines.missed().join('\n  ')}`)
  process.exitCode = 1
}
