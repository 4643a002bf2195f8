#!/usr/bin/env node
import process from 'node:process'
import { Command, CommanderError } from 'commander'

import { addChaos } from './lib/chaos.ts'
import { addDead } from './lib/dead.ts'
import { CommandFailure } from './lib/failure.ts'
import { addFeed } from './lib/feed.ts'
import { addInvoke } from './lib/invoke.ts'
import { addLint } from './lib/lint.ts'
import { addModels } from './lib/models.ts'
import { addSend } from './lib/send.ts'
import { addStart } from './lib/start.ts'
import { addTail } from './lib/tail.ts'
import { addTopics } from './lib/topics.ts'
import { watchOutput } from './lib/watched-output.ts'

const WRONG_USAGE = 2

const output = watchOutput(process.stdout)
const program = new Command('nowcast')
  .description('Learning on live streams: runs a folder of manifests here, and talks to what runs.')
  .exitOverride()
  .showHelpAfterError('(--help says more)')
  .addHelpText(
    'after',
    '\nBegin with `nowcast start`; then, in another terminal, `nowcast tail mlscore`.',
  )

addStart(program, output)
addSend(program)
addInvoke(program)
addFeed(program)
addTail(program)
addModels(program)
addDead(program)
addTopics(program)
addLint(program)
addChaos(program)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has written its sentence already.
    process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE
  } else if (error instanceof CommandFailure) {
    console.error(error.message)
    process.exitCode = error.exitCode
  } else {
    throw error
  }
}
