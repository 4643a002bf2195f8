import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'

import { DEFAULT_SERIES } from './events.ts'
import type { DeclaredModel } from './ports/declared-models.ts'
import { parseDuration } from './timestamps.ts'

const duration = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text)
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds
  context.addIssue({ code: 'custom', message: `"${text}" is no duration such as PT5M` })
  return z.NEVER
})

const rows = z.int().min(2).max(100_000)

const shared = {
  name: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/)
    .refine((name) => name !== 'champion', {
      message: 'champion is a word of the REST interface',
    }),
  series: z.string().min(1).max(128).default(DEFAULT_SERIES),
  missing: z.enum(['zero', 'refuse']).default('refuse'),
  cadence: duration.default(1_000),
  grace: duration.optional(),
  season: rows.nullable().default(null),
  triggers: z.array(z.enum(['tick', 'drift'])).default(['tick', 'drift']),
  every: rows.nullable().default(null),
}

const batch = z.strictObject({
  ...shared,
  algorithm: z.enum(['ridgecv', 'mlp']),
  window: z.union([
    rows.transform((count) => ({ kind: 'rows' as const, rows: count })),
    duration.transform((milliseconds) => ({ kind: 'duration' as const, milliseconds })),
  ]),
  minimumRows: rows.default(2),
})

const online = z.strictObject({
  ...shared,
  algorithm: z.enum(['rls', 'gram-ridge']),
  forgetting: z.number().min(0.5).max(1).default(1),
  jump: z
    .strictObject({
      threshold: z.number().min(2).max(100).default(8),
      confirm: z.int().min(1).max(10).default(2),
    })
    .nullable()
    .default({ threshold: 8, confirm: 2 }),
})

const declaration = z
  .discriminatedUnion('algorithm', [batch, online])
  .transform(({ triggers, every, ...model }): DeclaredModel => {
    return {
      ...model,
      grace: model.grace ?? 30 * model.cadence,
      triggers: { tick: triggers.includes('tick'), drift: triggers.includes('drift'), every },
    }
  })

const declarations = z
  .array(declaration)
  .refine((models) => new Set(models.map(({ name }) => name)).size === models.length, {
    message: 'two models have the same name',
  })

/** Reads the models that are declared in a YAML file (a key of the ConfigMap `models`). Throws an Error that names all faults. */
export function readDeclaredModels(path: string): DeclaredModel[] {
  const result = declarations.safeParse(parse(readFileSync(path, 'utf8')))
  if (result.success) return result.data
  const faults = result.error.issues.map(
    ({ path: place, message }) => `  ${place.map(String).join('.') || 'the list'}: ${message}`,
  )
  throw new Error(`the models declared in ${path} cannot be used:\n${faults.join('\n')}`)
}
