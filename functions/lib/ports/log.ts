/** How bad a fact is: `debug` facts are one per event, `warn` and `error` want a reader. */
export type Level = 'debug' | 'info' | 'warn' | 'error'

/** Writes one JSON line per fact. Details hold ids, counts, names and, of what was refused, a short
 * quote; never a secret. */
export type Log = (level: Level, fact: string, details?: Readonly<Record<string, unknown>>) => void
