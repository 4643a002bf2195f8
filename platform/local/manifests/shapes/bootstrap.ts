import { z } from 'zod'
import type { Need } from '../needs.ts'

/** The addresses of a Kafka. */
export const bootstrapServers = z
  .array(
    z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?:\d{1,5}$/i, {
      error: 'is no address of a Kafka; write host:port',
    }),
  )
  .min(1)

export function needsOfBootstrap(
  addresses: readonly string[],
  namespace: string,
  path: readonly PropertyKey[],
): Need[] {
  return addresses.map((address, index) => ({
    kind: 'bootstrap',
    address,
    namespace,
    path: [...path, index],
  }))
}
