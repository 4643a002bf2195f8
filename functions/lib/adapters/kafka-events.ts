import { writeCloudEvents } from '../cloud-event.ts'
import type { Events } from '../ports/events.ts'
import type { Log } from '../ports/log.ts'
import { parseKafkaUrl, readCredentials } from './kafka-address.ts'
import type { KafkaAddress } from './kafka-address.ts'
import { kafkaClient } from './kafka-client.ts'
import { CONNECT_RETRY, kafkaProducer } from './kafka-producer.ts'
import { kafkaReason } from './kafka-failure.ts'

export interface KafkaEventsNeeds {
  /** The CloudEvents source of everything published here. */
  readonly source: string
  /** The folder with the files `user`, `password` and `ca.crt`; not needed with `?security=plaintext`. */
  readonly credentials: string | undefined
  readonly log: Log
}

/**
 * Publishes to Kafka: CloudEvents in binary mode, the partition key as the record's key, the record's time the broker's.
 *
 * Resolves once connected, or when the brokers are away: every publish is refused then until they are back. Rejects when a
 * setting or file is missing and when the brokers refuse the login. An event over a topic's size is rejected for good.
 */
export async function kafkaEvents(
  url: string,
  { source, credentials, log }: KafkaEventsNeeds,
): Promise<Events> {
  const address = parseKafkaUrl(url)
  const login = () => (address.security === 'plaintext' ? undefined : readCredentials(credentials))
  login()
  const producer = kafkaProducer(
    () => kafkaClient('nowcast' + source.replaceAll('/', '-'), address, login(), CONNECT_RETRY),
    log,
  )
  try {
    await producer.open()
  } catch (cause) {
    await producer.close()
    throw refusal(address, cause)
  }
  return {
    async publish(events) {
      const written = events.flatMap((event) => writeCloudEvents(source, event))
      await producer.send(
        written.map(({ topic, key, attributes, body }) => {
          return { topic, key: key ?? null, headers: recordHeaders(attributes), value: body }
        }),
      )
    },
    close: () => producer.close(),
  }
}

/** A KafkaSource reads a record without a content type as text, so it is always written. */
function recordHeaders(attributes: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  for (const [name, value] of Object.entries(attributes)) headers[`ce_${name}`] = value
  return headers
}

/** The reason is in the sentence: what the driver wraps around it says it again. */
function refusal({ brokers }: KafkaAddress, cause: unknown): Error {
  return new Error(
    `the Kafka brokers ${brokers.join(', ')} refuse the login, or their certificate is not signed by ca.crt ` +
      `(${kafkaReason(cause)}): check the files user, password and ca.crt in EVENTS_CREDENTIALS`,
  )
}
