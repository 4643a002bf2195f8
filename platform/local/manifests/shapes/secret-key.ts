import { z } from 'zod'
import type { Need } from '../needs.ts'
import { objectName } from './metadata.ts'

/** One key of a Secret or ConfigMap. An optional one may be missing. */
export const keySelector = z.strictObject({
  name: objectName,
  key: z.string().min(1),
  optional: z.boolean().optional(),
})

export const secretKeyRef = z.strictObject({ secretKeyRef: keySelector })

/** The need of a key that must be there; an optional one needs nothing. */
export function needOfKey(
  kind: 'Secret' | 'ConfigMap',
  namespace: string,
  { name, key, optional }: z.output<typeof keySelector>,
  path: readonly PropertyKey[],
): Need[] {
  return optional === true ? [] : [{ kind, namespace, name, key, path }]
}
