import type { Readable } from 'node:stream'
import type { Facts, Level } from '../../facts.ts'
import { readLines } from './lines.ts'

// A stack trace of Node's, with the place of a syntax error before it.
const LAST_LINES = 30
const LAST_LINE_LENGTH = 500

/**
 * Turns what a process prints into facts of its Service: a JSON line with `level` and `fact` is one as it stands, any
 * other line is an `info` (stdout) or a `warn` (stderr). Answers the last few lines of stderr, to explain an end.
 */
export function readOutput(
  service: string,
  { stdout, stderr }: { readonly stdout: Readable; readonly stderr: Readable },
  facts: Facts,
): () => readonly string[] {
  const last: string[] = []
  readLines(stdout, (line) => tell(service, line, 'info', facts))
  readLines(stderr, (line) => {
    last.push(line.slice(0, LAST_LINE_LENGTH))
    if (last.length > LAST_LINES) last.shift()
    tell(service, line, 'warn', facts)
  })
  return () => [...last]
}

function tell(service: string, line: string, otherwise: Level, facts: Facts): void {
  const said = parseFact(line)
  if (said === undefined) facts(otherwise, service, line)
  else facts(said.level, service, said.fact, said.details)
}

/** The fact of a line, or undefined when it is any other text. */
function parseFact(
  line: string,
): { level: Level; fact: string; details: Readonly<Record<string, unknown>> } | undefined {
  if (!line.startsWith('{')) return undefined
  const value = parseJson(line)
  if (typeof value !== 'object' || value === null) return undefined
  const { level, fact, ...details }: Record<string, unknown> = { ...value }
  return isLevel(level) && typeof fact === 'string' ? { level, fact, details } : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Any text may begin with a brace: it is passed on as text.
    return undefined
  }
}

function isLevel(value: unknown): value is Level {
  return value === 'debug' || value === 'info' || value === 'warn' || value === 'error'
}
