import { styleText } from 'node:util'

import { CommandFailure } from '../failure.ts'
import type { Shell } from './shell.ts'
import { awaitCondition } from './wait.ts'

export interface Step {
  /** Asks whether it is so already: then nothing is done. Always done when absent. */
  readonly already?: () => Promise<boolean>
  readonly act: () => Promise<void>
  /** What is still missing until the step holds, as a sentence; undefined when nothing is. */
  readonly missing?: () => Promise<string | undefined>
  readonly deadlineMinutes?: number
}

/** Tells the steps of a script, one line each, and takes only those that are asked for. */
export interface Story {
  readonly step: (name: string, step: Step) => Promise<void>
}

/** What the user wishes of the steps. */
export interface Wishes {
  /** Only these; all when absent. */
  readonly only?: readonly string[]
  /** In minutes, in place of each step's own deadline. */
  readonly deadline?: number
}

const DEADLINE_MINUTES = 10

export function openStory(
  shell: Shell,
  print: (line: string) => void,
  { only, deadline }: Wishes,
): Story {
  return {
    async step(name, { already, act, missing, deadlineMinutes: own }) {
      if (only !== undefined && !only.includes(name)) return
      if (shell.isDryRun) {
        print(`\n# ${name}`)
        await act()
        return
      }
      const began = performance.now()
      try {
        const isThere = (await already?.()) ?? false
        if (!isThere) {
          print(`${name} …`)
          await act()
        }
        if (missing !== undefined) {
          const minutes = deadline ?? own ?? DEADLINE_MINUTES
          await awaitCondition(missing, minutes * 60_000, (sentence) => print(`  ${sentence}`))
        }
        const seconds = Math.round((performance.now() - began) / 1_000)
        print(`${styleText('green', '✓')} ${name}${isThere ? ': already so' : `, ${seconds} s`}`)
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error
        const wayOut = `Run the same command again once it is mended: what is done already is skipped.`
        // Its sentence is in this one: as a cause it would be said twice.
        throw new CommandFailure(`${name}: ${error.message}\n${wayOut}`, error.exitCode)
      }
    },
  }
}
