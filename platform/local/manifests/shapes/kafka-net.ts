import { z } from 'zod'
import { ignored } from '../fields.ts'
import type { Need } from '../needs.ts'
import { needOfKey, secretKeyRef } from './secret-key.ts'

const secret = secretKeyRef.optional()

const tls = z.strictObject({
  enable: z.boolean().optional(),
  caCert: secret,
  cert: secret,
  key: secret,
})
const sasl = z.strictObject({
  enable: z.boolean().optional(),
  user: secret,
  password: secret,
  type: secret,
  tokenProvider: secret,
  roleARN: secret,
})

const block = z.strictObject({ tls: tls.optional(), sasl: sasl.optional() })

/** `spec.net` of a KafkaSource: how it would speak to a cluster's Kafka. */
export const net = ignored(
  'the embedded log needs no credentials; the Secrets it names must exist all the same',
  block,
)

/** The Secrets of both blocks: a dispatcher stops at the first one that is missing. */
export function needsOfNet(written: z.output<typeof block>, namespace: string): Need[] {
  const path = ['spec', 'net']
  return Object.entries(written).flatMap(([name, fields = {}]) =>
    Object.entries(fields).flatMap(([field, value]) =>
      typeof value === 'object'
        ? needOfKey('Secret', namespace, value.secretKeyRef, [...path, name, field, 'secretKeyRef'])
        : [],
    ),
  )
}
