import type { Command } from 'commander'
import { z } from 'zod'

import { evaluationId } from '../../functions/lib/models/serving-pointers.ts'
import { evaluationStatus } from '../../platform/local/console/evaluation-status.ts'
import type { EvaluationStatus } from '../../platform/local/console/evaluation-status.ts'
import { getJson } from './client.ts'
import { CommandFailure } from './failure.ts'
import { withClientOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import { printable } from './printable.ts'
import { askStores, withStoresOption } from './stores.ts'
import type { StoresOptions } from './stores.ts'
import { table } from './table.ts'

const MAX_SERIES = 64

const errors = { count: z.number(), mae: z.number().nullable(), rmse: z.number().nullable() }

const evaluations: z.ZodType<EvaluationStatus[]> = z.array(
  z.object({
    series: z.string(),
    problem: z.string().nullable(),
    models: z.array(
      z.object({
        model: z.string(),
        isChampion: z.boolean(),
        all: z.object(errors),
        recent: z.object(errors),
        coverage: z.number().nullable(),
        margin: z.number().nullable(),
        late: z.number(),
        unscored: z.number(),
        standing: z.string().nullable(),
        versions: z.array(
          z.object({
            ...errors,
            version: z.number(),
            state: z.enum(['refused', 'pinned', 'on trial']).nullable(),
          }),
        ),
      }),
    ),
    baselines: z.array(z.object({ ...errors, name: z.string() })),
    marks: z.array(
      z.object({ timestamp: z.string(), kind: z.enum(['drift', 'decision']), text: z.string() }),
    ),
    decisions: z.array(
      z.object({
        timestamp: z.string().nullable(),
        kind: z.string(),
        model: z.string(),
        by: z.string(),
        why: z.string(),
      }),
    ),
  }),
)

/** `nowcast models show` */
export function addShow(models: Command): void {
  withStoresOption(withClientOptions(models.command('show'), 'print it as JSON'))
    .description('show how the models of a series do, by version, and what was decided about them')
    .argument('[model]', 'this model and those it competes with; otherwise all')
    .action(show)
}

async function show(
  name: string | undefined,
  { port, json, mongo }: ClientOptions & StoresOptions,
): Promise<void> {
  const all =
    mongo === undefined
      ? await getJson(port, '/api/evaluations', evaluations)
      : await askStores(mongo, async ({ rows, states }) => {
          const found = (await rows.series(MAX_SERIES)).map(async (series) => {
            const state = await states.get(evaluationId(series))
            return state === undefined ? [] : [evaluationStatus(series, state.document)]
          })
          return (await Promise.all(found)).flat()
        })
  const shown = all.filter(
    ({ models }) => name === undefined || models.some(({ model }) => model === name),
  )
  if (name !== undefined && shown.length === 0) {
    const known = all.flatMap(({ models }) => models.map(({ model }) => model))
    const which = known.length === 0 ? 'no model has a score yet' : `there are ${known.join(', ')}`
    throw new CommandFailure(`no score of a model "${printable(name)}" was counted: ${which}`)
  }
  if (json) console.log(JSON.stringify(shown, undefined, 2))
  else if (shown.length === 0) console.log('no score was counted yet')
  else console.log(shown.map((one) => seriesText(one, name)).join('\n\n'))
}

function seriesText(
  { series, problem, models, baselines, decisions }: EvaluationStatus,
  name: string | undefined,
): string {
  if (problem !== null) return `series ${series}: ${problem}`
  const own = models.map((one) => [
    one.isChampion ? `${one.model} (champion)` : one.model,
    figure(one.recent.mae),
    figure(one.recent.rmse),
    figure(one.all.mae),
    one.coverage === null ? '–' : `${(100 * one.coverage).toFixed(1)} %`,
    one.all.count,
    one.late,
    one.unscored,
    one.standing ?? '',
  ])
  const naive = baselines.map(({ name: baseline, mae, count }) => {
    return [baseline, '', '', figure(mae), '', count, '', '', 'a baseline']
  })
  const columns = ['model', 'MAE of 500', 'RMSE of 500', 'MAE', '90 % held', 'scored', 'late']
  const versions = models
    .filter(({ model }) => name === undefined || model === name)
    .flatMap(({ model, versions: its }) =>
      its.map(({ version, state, count, mae, rmse }) => {
        return [model, version, count, figure(mae), figure(rmse), state ?? '']
      }),
    )
  return [
    `series ${series}`,
    table([...columns, 'unscored', 'why not champion'], [...own, ...naive]),
    '',
    table(['model', 'version', 'scored', 'MAE', 'RMSE', 'state'], versions),
    '',
    decisions.length === 0
      ? 'nothing was decided yet'
      : table(
          ['row', 'decision', 'model', 'by', 'why'],
          decisions.map(({ timestamp, kind, model, by, why }) => {
            return [timestamp ?? '–', kind, model, by, why]
          }),
        ),
  ].join('\n')
}

function figure(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(4)))
}
