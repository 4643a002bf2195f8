// Computes what the declared models reach by the functions' own cores, one figure a line, beside the line it must reach
// and the figure of the seed system on the same rows; exits with 1 when a line is missed.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

import { readDeclaredModels } from '../functions/lib/declared-models.ts'
import { DEFAULT_SERIES } from '../functions/lib/events.ts'
import type { DeclaredModel } from '../functions/lib/ports/declared-models.ts'
import { benchCost } from './lib/accuracy/cost.ts'
import { benchAlarms } from './lib/accuracy/documented-alarms.ts'
import { startLines } from './lib/accuracy/lines.ts'
import { runPipeline } from './lib/accuracy/pipeline.ts'
import { benchRealSeries } from './lib/accuracy/real-series.ts'
import { benchDrifts, benchErrors, benchIntervals } from './lib/accuracy/seed-lines.ts'
import { quietStream, seedStream } from './lib/accuracy/seed-stream.ts'
import { seedSystemErrors } from './lib/accuracy/seed-system.ts'

const lines = startLines(console.log)

// Networks are left out: a fit takes them seconds, and there would be a thousand.
const declared = declaredModels().filter(
  ({ series, algorithm }) => series === DEFAULT_SERIES && algorithm !== 'mlp',
)
const online = declared.filter((model) => 'forgetting' in model)
const rls = online
  .map((model) => ({ ...model, name: 'rls', algorithm: 'rls' as const }))
  .slice(0, 1)

const on = { stream: seedStream(101), quiet: quietStream(36_000) }
const seed = seedSystemErrors(on.stream)

const names = declared.map(({ name }) => name)
lines.heading(`Seed stream, 100 redraws: the champion of ${names.join(' and ')}`)
benchSystem(declared, ['champion', ...names])

lines.heading('The same by recursive least squares, which may be declared instead')
benchSystem(rls, ['rls'])

lines.heading("Alarms that River documents, at index (the last column is River's)")
benchAlarms(lines)

lines.heading("Cost on one core (the last column is scikit-learn's)")
benchCost(lines, on.stream, [...online, ...rls])

lines.heading('Real series, online ridge on lags')
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

/** Every model is watched for drift; what is served, the champion and whatever learns online, has lines to reach. */
function benchSystem(models: readonly DeclaredModel[], shown: readonly string[]): void {
  const live = runPipeline(models, on.stream)
  const quiet = runPipeline(models, on.quiet)
  for (const [index, name] of shown.entries()) {
    if (index > 0) lines.heading(`Of these, ${name}`)
    const isBatch = models.some((model) => model.name === name && 'window' in model)
    if (!isBatch) benchErrors(lines, live.of(name).errors, seed)
    benchDrifts(lines, { live: live.of(name), quiet: quiet.of(name) }, on)
    benchIntervals(lines, live.of(name))
  }
}

/** The models that eventing/ declares. */
function declaredModels(): DeclaredModel[] {
  const manifest: unknown = parse(
    readFileSync(fileURLToPath(new URL('../eventing/models.yaml', import.meta.url)), 'utf8'),
  )
  const data: unknown = Reflect.get(Object(manifest), 'data')
  const folder = mkdtempSync(join(tmpdir(), 'nowcast-models-'))
  try {
    const file = join(folder, 'models.yaml')
    writeFileSync(file, String(Reflect.get(Object(data), 'models.yaml')))
    return readDeclaredModels(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
