import type { Command } from 'commander'
import { z } from 'zod'

import { getJson } from './client.ts'
import { addModelCommands } from './model-commands.ts'
import { addShow } from './model-show.ts'
import { withClientOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import { askStores, withStoresOption } from './stores.ts'
import type { StoresOptions } from './stores.ts'
import { table } from './table.ts'

/** As many as a platform lists. */
const MAX_VERSIONS = 1_000

const versions = z.array(
  z.looseObject({
    name: z.string(),
    version: z.number(),
    score: z.number(),
    trainedThrough: z.string(),
    uploadedAt: z.string(),
  }),
)

/** `nowcast models list`, and those that change something */
export function addModels(program: Command): void {
  const models = program.command('models').description('the models that were trained')
  withStoresOption(withClientOptions(models.command('list'), 'print a JSON array'))
    .description('list the versions of every model, the newest first')
    .action(list)
  addShow(models)
  addModelCommands(models)
}

async function list({ port, json, mongo }: ClientOptions & StoresOptions): Promise<void> {
  const found =
    mongo === undefined
      ? await getJson(port, '/api/models', versions)
      : await askStores(mongo, ({ models }) => models.list({ limit: MAX_VERSIONS }))
  if (json) {
    console.log(JSON.stringify(found, undefined, 2))
  } else if (found.length === 0) {
    console.log('no model is trained yet')
  } else {
    const rows = found.map(({ name, version, score, trainedThrough, uploadedAt }) => {
      return [name, version, sixDecimals(score), trainedThrough, uploadedAt]
    })
    console.log(table(['model', 'version', 'score (R²)', 'trained through', 'registered'], rows))
  }
}

/** Cut and not rounded: a score of less than 1 never looks like 1. */
function sixDecimals(score: number): string {
  return (Math.floor(score * 1e6) / 1e6).toFixed(6)
}
