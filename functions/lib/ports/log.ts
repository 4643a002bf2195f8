/** How bad a fact is: `debug` facts are one per event, `warn` and `error` want a reader. */
type Level = 'debug' | 'info' | 'warn' | 'error'

/** Writes one JSON line per fact. Details hold ids, counts and names, never a secret or a row's values. */
export type Log = (level: Level, fact: string, details?: Readonly<Record<string, unknown>>) => void
