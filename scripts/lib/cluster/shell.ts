import process from 'node:process'
import { $ } from 'zx'

import { CommandFailure } from '../failure.ts'

/** A command as a template: every value in it is quoted, a list becomes several arguments. */
type Tag<T> = (pieces: TemplateStringsArray, ...values: readonly Value[]) => Promise<T>
type Value = string | number | readonly string[]

/** What a command that failed or succeeded had to say. */
interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface Input {
  /** What the command reads from its standard input. */
  readonly input?: string
  /** Variables of its environment beside our own: no dry run shows them. */
  readonly env?: Readonly<Record<string, string>>
  /** What a dry run shows of it; the input itself when absent. */
  readonly shown?: string
  /** Texts that no message may quote. */
  readonly hidden?: readonly string[]
}

/** Runs the commands of other programs. In a dry run what would change something is printed instead. */
export interface Shell {
  readonly isDryRun: boolean
  /** Runs a command that only reads, and gives its outcome, whatever it is. */
  attempt(input?: string): Tag<Outcome>
  /** The output of a command that only reads. Throws a sentence when it fails. */
  ask: Tag<string>
  /** As `ask`, and undefined when the command says that there is no such thing. */
  find: Tag<string | undefined>
  /** Runs a command that changes something, and gives its output. In a dry run: prints it, and gives ''. */
  change(given?: Input): Tag<string>
}

const NOT_FOUND = /not[ _]?found|does not exist/i
/** What bash answers when there is no such program. */
const NO_SUCH_PROGRAM = 127

export function openShell(isDryRun: boolean, print: (line: string) => void): Shell {
  const find: Tag<string | undefined> = async (pieces, ...values) => {
    const outcome = await attempt()(pieces, ...values)
    if (outcome.code === 0) return outcome.stdout.trim()
    if (NOT_FOUND.test(outcome.stderr)) return undefined
    throw failure(written(pieces, values), outcome)
  }
  return {
    isDryRun,
    attempt,
    find,
    async ask(pieces, ...values) {
      const outcome = await attempt()(pieces, ...values)
      if (outcome.code === 0) return outcome.stdout.trim()
      throw failure(written(pieces, values), outcome)
    },
    change:
      (given) =>
      async (pieces, ...values) => {
        if (isDryRun) {
          print(`$ ${written(pieces, values)}`)
          const manifest = given?.shown ?? given?.input
          if (manifest !== undefined) print(manifest.trimEnd())
          return ''
        }
        const outcome = await attempt(given?.input, given?.env)(pieces, ...values)
        if (outcome.code === 0) return outcome.stdout.trim()
        throw failure(written(pieces, values), outcome, given?.hidden)
      },
  }
}

function attempt(input = '', env: Readonly<Record<string, string>> = {}): Tag<Outcome> {
  return async (pieces, ...values) => {
    const run = $({ quiet: true, nothrow: true, input, env: { ...process.env, ...env } })
    const { exitCode, stdout, stderr } = await run(pieces, ...values)
    if (exitCode === NO_SUCH_PROGRAM) {
      const [program] = written(pieces, values).split(' ')
      throw new CommandFailure(`${program} is not installed, or not on PATH; install it`)
    }
    return { code: exitCode ?? 1, stdout, stderr }
  }
}

/** The command as it could be typed. */
function written(pieces: TemplateStringsArray, values: readonly Value[]): string {
  return $({ halt: true })(pieces, ...values).cmd
}

function failure(
  command: string,
  { code, stderr, stdout }: Outcome,
  hidden: readonly string[] = [],
): CommandFailure {
  const said = (stderr.trim() === '' ? stdout : stderr).trim()
  const shown = hidden.reduce((text, secret) => text.replaceAll(secret, '…'), said)
  const why = shown === '' ? `it ended with ${code}` : shown.split('\n').slice(-8).join('\n  ')
  return new CommandFailure(`${command} failed:\n  ${why}`)
}
