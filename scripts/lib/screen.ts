import process from 'node:process'

import type { Facts } from '../../platform/local/facts.ts'
import { factJson, factLine, startColours } from './terminal.ts'

/** Where `nowcast start` writes: for people in a terminal, one JSON line a fact everywhere else. */
export interface Screen {
  readonly isForPeople: boolean
  readonly facts: Facts
  /** Writes text for people. */
  text(text: string): void
}

/** Opens the screen that suits the output. Debug facts, one an event, are written only when `verbose`. */
export function openScreen({ json, verbose }: { json: boolean; verbose: boolean }): Screen {
  const isForPeople = process.stdout.isTTY && !json
  const isColoured = isForPeople && process.stdout.hasColors() && !process.env['NO_COLOR']
  const colours = isColoured ? startColours() : undefined
  return {
    isForPeople,
    facts(level, who, fact, details = {}) {
      if (level === 'debug' && !verbose) return
      const said = { time: new Date(), level, who, fact, details }
      console.log(isForPeople ? factLine(said, colours) : factJson(said))
    },
    text: (text) => console.log(text),
  }
}
