import type { Addressable, Exchange } from '../exchange.ts'
import { textAnswer } from '../http/text-answer.ts'
import { discard } from './read-body.ts'

/** Where the cluster's KafkaSinks are reached. */
export const KAFKA_INGRESS_URL = 'http://kafka-sink-ingress.knative-eventing.svc.cluster.local'

/**
 * The ingress of all KafkaSinks, by `<namespace>/<name>`: POST to `/<namespace>/<name>` goes to that sink. Answers 405
 * another method and 404 another path, in this order, as Knative's receiver.
 */
export function kafkaIngress(sinks: ReadonlyMap<string, Addressable>): Addressable {
  return {
    url: KAFKA_INGRESS_URL,
    async send(exchange) {
      if (exchange.method !== 'POST') {
        discard(exchange.body)
        return textAnswer(405, 'a KafkaSink takes POST only\n')
      }
      const path = pathOf(exchange)
      const sink = sinks.get(path.slice(1))
      if (sink !== undefined) return sink.send(exchange)
      discard(exchange.body)
      const known = [...sinks.keys()].slice(0, 10).map((name) => `/${name}`)
      const wayOut = known.length === 0 ? 'none is declared' : `there are ${known.join(', ')}`
      return textAnswer(404, `there is no KafkaSink at ${path || '/'}: ${wayOut}\n`)
    },
  }
}

/** The path an exchange asks for, without query and closing slash. */
export function pathOf({ path }: Exchange): string {
  return (path.split('?', 1)[0] ?? '').replace(/\/$/, '')
}
