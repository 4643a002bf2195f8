import type { Log } from './ports/log.ts'

/** Writes a function's facts as JSON lines, one a fact, its name in each. */
export function startLog(
  functionName: string,
  write: (line: string) => void = (line) => process.stdout.write(line),
): Log {
  return (level, fact, details = {}) => {
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
