import { z } from 'zod'

/** The two fields every document begins with. They choose the kind, so its schema only repeats them. */
export function header<K extends string, V extends string>(kind: K, apiVersion: V) {
  return { apiVersion: z.literal(apiVersion), kind: z.literal(kind) }
}
