import type { Level, Log } from './ports/log.ts'

/** Least first. */
const LEVELS: readonly Level[] = ['debug', 'info', 'warn', 'error']

/**
 * Writes a function's facts as JSON lines, one a fact, its name in each; facts below `least` are not written. `debug` facts
 * are one an event: a cluster keeps what is written, and bills it.
 */
export function startLog(
  functionName: string,
  least: Level,
  write: (line: string) => void = (line) => process.stdout.write(line),
): Log {
  const written = new Set(LEVELS.slice(LEVELS.indexOf(least)))
  return (level, fact, details = {}) => {
    if (!written.has(level)) return
    write(`${JSON.stringify({ level, function: functionName, fact, ...details })}\n`)
  }
}

/** What a log may say of an error: its message and those of its causes, without a stack and without credentials. */
export function describeError(error: unknown): string {
  if (!Error.isError(error)) return withoutCredentials(String(error))
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`
  return `${withoutCredentials(error.message)}${cause}`
}

/** Drivers quote the address they failed on, user and password included. */
function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, '//…@')
}
