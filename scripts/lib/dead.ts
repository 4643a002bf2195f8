import type { Command } from 'commander'
import { z } from 'zod'

import { shownLetter } from '../../platform/local/console/dead-letters.ts'
import { getJson } from './client.ts'
import { wholeNumber, withClientOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import { askStores, withStoresOption } from './stores.ts'
import type { StoresOptions } from './stores.ts'
import { table } from './table.ts'

const letters = z.array(
  z.looseObject({
    storedAt: z.string(),
    code: z.string(),
    reason: z.string(),
    type: z.string(),
    destination: z.string(),
    eventId: z.string(),
  }),
)

/** `nowcast dead list` */
export function addDead(program: Command): void {
  const dead = program.command('dead').description('events and rows that could not be processed')
  withStoresOption(withClientOptions(dead.command('list'), 'print a JSON array, with the events'))
    .description('list the newest dead letters with their reasons')
    .option('-n, --last <count>', 'how many', wholeNumber(1, 200), 20)
    .action(list)
}

async function list({
  port,
  json,
  mongo,
  last,
}: ClientOptions & StoresOptions & { last: number }): Promise<void> {
  const found =
    mongo === undefined
      ? await getJson(port, `/api/dead?last=${last}`, letters)
      : await askStores(mongo, async ({ deadLetters }) =>
          letters.parse((await deadLetters.list(last)).map(shownLetter)),
        )
  if (json) {
    console.log(JSON.stringify(found, undefined, 2))
  } else if (found.length === 0) {
    console.log('no dead letters: everything that came could be processed')
  } else {
    const rows = found.map(({ storedAt, code, type, eventId, destination, reason }) => {
      return [storedAt, code, type, eventId, destination, reason]
    })
    console.log(table(['stored', 'code', 'event type', 'event', 'destination', 'reason'], rows))
  }
}
