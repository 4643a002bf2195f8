import { type Field, fieldsOfSchema } from './fields.ts'
import type { Kind } from './kind.ts'
import { configMap } from './kinds/config-map.ts'
import { credentials } from './kinds/credentials.ts'
import { inertKinds } from './kinds/inert.ts'
import { kafkaNodePool } from './kinds/kafka-node-pool.ts'
import { kafkaSink } from './kinds/kafka-sink.ts'
import { kafkaSource } from './kinds/kafka-source.ts'
import { kafkaTopic } from './kinds/kafka-topic.ts'
import { kafkaUser } from './kinds/kafka-user.ts'
import { kafka } from './kinds/kafka.ts'
import { mongodbCommunity } from './kinds/mongodb-community.ts'
import { pingSource } from './kinds/ping-source.ts'
import { secret } from './kinds/secret.ts'
import { service } from './kinds/service.ts'

/** Every kind that is read: those that act first, then those a laptop only understands. */
export const KNOWN_KINDS: readonly Kind[] = [
  service,
  kafkaSource,
  pingSource,
  kafkaSink,
  kafkaTopic,
  kafka,
  kafkaUser,
  mongodbCommunity,
  configMap,
  secret,
  credentials,
  kafkaNodePool,
  ...inertKinds,
]

/** What a laptop does with each field of a kind. The two that choose the kind are left out. */
export function fieldsOf(kind: string): Field[] {
  const known = KNOWN_KINDS.find((each) => each.kind === kind)
  if (known === undefined) throw new Error(`${kind} is not a kind that is read`)
  return fieldsOfSchema(known.schema).filter(({ path }) => path !== 'apiVersion' && path !== 'kind')
}
