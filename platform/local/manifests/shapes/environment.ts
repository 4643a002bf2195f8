import { z } from 'zod'
import { refused } from '../fields.ts'
import type { EnvEntry, ServiceManifest } from '../inventory.ts'
import type { Need } from '../needs.ts'
import { objectName } from './metadata.ts'
import { keySelector, needOfKey } from './secret-key.ts'

/** Knative sets these itself and refuses a Service that does. */
const RESERVED = ['PORT', 'K_SERVICE', 'K_CONFIGURATION', 'K_REVISION']
const POD = 'Knative refuses it unless a feature flag is on; write the value'

const envName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, {
    error: 'is no name of a variable; write letters, digits and "_"',
  })
  .refine((name) => !RESERVED.includes(name), { error: 'is set by Knative itself; remove it' })

const entry = z
  .strictObject({
    name: envName,
    value: z.string().optional(),
    valueFrom: z
      .strictObject({
        secretKeyRef: keySelector.optional(),
        configMapKeyRef: keySelector.optional(),
        fieldRef: refused(POD),
        resourceFieldRef: refused(POD),
        fileKeyRef: refused(POD),
      })
      .refine(
        (from) => (from.secretKeyRef === undefined) !== (from.configMapKeyRef === undefined),
        {
          error: 'names no source, or two; write one of secretKeyRef and configMapKeyRef',
        },
      )
      .optional(),
  })
  .refine(
    ({ value, valueFrom }) => value === undefined || value === '' || valueFrom === undefined,
    {
      error: 'has value and valueFrom; keep one of them',
    },
  )

const whole = z.strictObject({ name: objectName, optional: z.boolean().optional() })

const source = z
  .strictObject({
    prefix: z.string().default(''),
    secretRef: whole.optional(),
    configMapRef: whole.optional(),
  })
  .refine((from) => (from.secretRef === undefined) !== (from.configMapRef === undefined), {
    error: 'names no source, or two; write one of secretRef and configMapRef',
  })

/** `env` and `envFrom` of a container. */
export const environment = {
  env: z
    .array(entry)
    .superRefine((entries, context) => {
      for (const [index, { name }] of entries.entries()) {
        if (entries.findIndex((other) => other.name === name) === index) continue
        const message = `is ${name} a second time; keep one of them`
        context.addIssue({ code: 'custom', path: [index, 'name'], message })
      }
    })
    .default([]),
  envFrom: z.array(source).default([]),
}
type Written = { [K in keyof typeof environment]: z.output<(typeof environment)[K]> }

export function readEnv(entries: Written['env']): EnvEntry[] {
  return entries.map(({ name, value, valueFrom }) => {
    const secret = valueFrom?.secretKeyRef
    const configMap = valueFrom?.configMapKeyRef
    const kept = (kind: 'Secret' | 'ConfigMap', from: z.output<typeof keySelector>): EnvEntry => ({
      name,
      value: { kind, name: from.name, key: from.key, optional: from.optional ?? false },
    })
    if (secret !== undefined) return kept('Secret', secret)
    if (configMap !== undefined) return kept('ConfigMap', configMap)
    return { name, value: { kind: 'literal', text: value ?? '' } }
  })
}

export function readEnvFrom(sources: Written['envFrom']): ServiceManifest['envFrom'] {
  return sources.flatMap(({ prefix, secretRef, configMapRef }) => [
    ...(secretRef === undefined
      ? []
      : [{ kind: 'Secret' as const, prefix, ...wholeOf(secretRef) }]),
    ...(configMapRef === undefined
      ? []
      : [{ kind: 'ConfigMap' as const, prefix, ...wholeOf(configMapRef) }]),
  ])
}

function wholeOf({ name, optional }: z.output<typeof whole>): { name: string; optional: boolean } {
  return { name, optional: optional ?? false }
}

export function needsOfEnvironment(
  { env, envFrom }: Written,
  namespace: string,
  path: readonly PropertyKey[],
): Need[] {
  const single = env.flatMap(({ valueFrom }, index) => [
    ...(valueFrom?.secretKeyRef === undefined
      ? []
      : needOfKey('Secret', namespace, valueFrom.secretKeyRef, [
          ...path,
          'env',
          index,
          'valueFrom',
          'secretKeyRef',
        ])),
    ...(valueFrom?.configMapKeyRef === undefined
      ? []
      : needOfKey('ConfigMap', namespace, valueFrom.configMapKeyRef, [
          ...path,
          'env',
          index,
          'valueFrom',
          'configMapKeyRef',
        ])),
  ])
  const all = readEnvFrom(envFrom).flatMap(({ kind, name, optional }, index): Need[] =>
    optional ? [] : [{ kind, namespace, name, key: undefined, path: [...path, 'envFrom', index] }],
  )
  return [...single, ...all]
}
