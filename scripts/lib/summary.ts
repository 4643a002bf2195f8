import { createHash } from 'node:crypto'

import type { ModelSummary } from '../../functions/lib/ports/store-summary.ts'
import type { View } from '../../platform/local/view.ts'
import type { Screen } from './screen.ts'
import { table } from './table.ts'

/** Says what a run has come to: rows, how many were scored, each model's error, and a hash to compare runs by. */
export async function tellSummary({ stores }: View, screen: Screen): Promise<void> {
  if (stores?.summary === undefined || stores.digests === undefined) return
  const summary = await stores.summary()
  const digests = await stores.digests()
  if (!screen.isForPeople) {
    screen.facts('info', 'nowcast', 'summary', { ...summary, digests })
    return
  }
  const { rows, complete, scored, unscored, models } = summary
  const all = createHash('sha256').update(JSON.stringify(digests)).digest('hex')
  const figures = `${rows} rows, ${complete} with a target: ${scored} scored, ${unscored} unscored`
  screen.text([figures, modelTable(models), `stores sha256:${all}`].join('\n'))
}

function modelTable(models: readonly ModelSummary[]): string {
  return table(
    ['series', 'model', 'scored', 'late', 'mse', 'mae'],
    models.map(({ series, model, scored, late, meanSquaredError, meanAbsoluteError }) => [
      series,
      model,
      String(scored),
      String(late),
      meanSquaredError?.toPrecision(6) ?? '–',
      meanAbsoluteError?.toPrecision(6) ?? '–',
    ]),
  )
}
