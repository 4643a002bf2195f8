/** How bad a fact is. `debug` facts are one per event; a terminal does not show them. */
export type Level = 'debug' | 'info' | 'warn' | 'error'

/**
 * Takes one fact of a part: who says it (`KafkaSource predict`, or a Service's name for what its process printed), what
 * happened, and details to be printed beside it. Never a secret.
 */
export type Facts = (
  level: Level,
  who: string,
  fact: string,
  details?: Readonly<Record<string, unknown>>,
) => void
