import { encodeHeader, writeCloudEvents } from '../../../functions/lib/cloud-event.ts'
import type { Events } from '../../../functions/lib/ports/events.ts'
import { post } from '../client.ts'
import { CommandFailure } from '../failure.ts'
import { INGRESS } from '../ingress.ts'
import { printable } from '../printable.ts'

const SOURCE = '/nowcast/feed'

export interface PublisherOptions {
  readonly port: number
  readonly namespace: string
  readonly kafka?: readonly string[]
}

/** Publishes to the KafkaSinks of a platform, or to brokers. What is published again has the same id. */
export async function openPublisher({ port, namespace, kafka }: PublisherOptions): Promise<Events> {
  if (kafka === undefined) return sinks(port, namespace)
  // Loaded here: the driver is large, and a feed to a platform does without.
  const { kafkaEvents } = await import('../../../functions/lib/adapters/kafka-events.ts')
  return kafkaEvents(`kafka://${kafka.join(',')}?security=plaintext`, {
    source: SOURCE,
    credentials: undefined,
    log: () => undefined,
  })
}

function sinks(port: number, namespace: string): Events {
  return {
    async publish(events) {
      for (const { topic, attributes, body } of events.flatMap((one) =>
        writeCloudEvents(SOURCE, one),
      )) {
        const headers: Record<string, string> = { 'content-type': 'application/json' }
        for (const [name, value] of Object.entries(attributes)) {
          headers[`ce-${name}`] = encodeHeader(value)
        }
        const path = `/${encodeURIComponent(namespace)}/${topic}`
        const answer = await post(port, { host: INGRESS, path, headers }, Buffer.from(body))
        if (answer.status === 202) continue
        const why = answer.reason === '' ? '' : `: ${printable(answer.reason)}`
        throw new CommandFailure(`the KafkaSink ${topic} answered ${answer.status}${why}`)
      }
    },
    close: async () => undefined,
  }
}
