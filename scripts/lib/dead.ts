import type { Command } from 'commander'

import { letterText, letterTable } from './dead-letter-text.ts'
import { openLetters } from './dead-letters.ts'
import type { LettersOptions } from './dead-letters.ts'
import { addRedrive } from './dead-redrive.ts'
import { wholeNumber, withClientOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import { withStoresOption } from './stores.ts'

type Options = ClientOptions & LettersOptions

/** `nowcast dead list`, `show` and `redrive` */
export function addDead(program: Command): void {
  const dead = program.command('dead').description('events and rows that could not be processed')
  withStoresOption(withClientOptions(dead.command('list'), 'print a JSON array, with the events'))
    .description('list the newest dead letters with their reasons')
    .option('-n, --last <count>', 'how many', wholeNumber(1, 200), 20)
    .action(list)
  withStoresOption(withClientOptions(dead.command('show'), 'print it as JSON'))
    .description('show everything about one dead letter, with its event')
    .argument('<id>', 'the letter, as `dead list` names it')
    .action(show)
  addRedrive(dead)
}

async function list(options: Options & { last: number }): Promise<void> {
  await openLetters(options, async (letters) => {
    const found = await letters.list(options.last)
    if (options.json) console.log(JSON.stringify(found, undefined, 2))
    else if (found.length > 0) console.log(letterTable(found))
    else console.log('no dead letters: everything that came could be processed')
  })
}

async function show(id: string, options: Options): Promise<void> {
  await openLetters(options, async (letters) => {
    const letter = await letters.show(id)
    console.log(options.json ? JSON.stringify(letter, undefined, 2) : letterText(letter))
  })
}
