import process from 'node:process'
import { Kafka, logLevel } from 'kafkajs'
import type { RetryOptions } from 'kafkajs'

import type { KafkaAddress, KafkaCredentials } from './kafka-address.ts'

/** Of one connection, one login and one request, milliseconds. */
const CONNECTION_TIMEOUT_MS = 3_000
const LOGIN_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 15_000

/**
 * A client of a cluster; it connects to nothing yet. Without credentials it speaks plain text.
 *
 * The driver's own log is silent: everything it says there it also rejects with, and whoever called it says that once.
 */
export function kafkaClient(
  clientId: string,
  { brokers }: Pick<KafkaAddress, 'brokers'>,
  credentials: KafkaCredentials | undefined,
  retry: RetryOptions,
): Kafka {
  hushTimers()
  return new Kafka({
    clientId,
    brokers: [...brokers],
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: LOGIN_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    retry,
    logLevel: logLevel.NOTHING,
    ...(credentials && {
      ssl: { ca: [credentials.ca] },
      sasl: {
        mechanism: 'scram-sha-512',
        username: credentials.user,
        password: credentials.password,
      },
    }),
  })
}

const hushed = new WeakSet<NodeJS.Process>()

/** kafkajs 2.2.4 sets timers that are due already, of which Node 24 warns on stderr, once a process. Other warnings stay. */
function hushTimers(): void {
  if (hushed.has(process)) return
  hushed.add(process)
  // oxlint-disable-next-line typescript/unbound-method -- the proxy calls it with the caller's `this`
  process.emitWarning = new Proxy(process.emitWarning, {
    apply(emit, self, args: unknown[]) {
      if (args[1] !== 'TimeoutNegativeWarning') Reflect.apply(emit, self, args)
    },
  })
}
