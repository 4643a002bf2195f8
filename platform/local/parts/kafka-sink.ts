import { readHttp } from '../cloud-events/binary-mode.ts'
import type { Broker } from '../broker/broker.ts'
import { isJsonFormat } from '../cloud-events/json-format.ts'
import { sinkRecord } from '../cloud-events/sink-record.ts'
import type { Addressable, Answer, Exchange } from '../exchange.ts'
import type { Facts, Level } from '../facts.ts'
import { textAnswer } from '../http/text-answer.ts'
import { RecordTooLargeError } from '../log/errors.ts'
import type { KafkaSinkManifest } from '../manifests/inventory.ts'
import { KAFKA_INGRESS_URL, pathOf } from './kafka-ingress.ts'
import { discard, readAtMost } from './read-body.ts'

export interface KafkaSinkNeeds {
  readonly broker: Pick<Broker, 'append' | 'topics'>
  readonly facts: Facts
}

/** Kafka's own `message.max.bytes`: the bound while the sink's topic is missing, and every write fails. */
const DEFAULT_MAX_BYTES = 1_048_588

/**
 * A KafkaSink: writes the CloudEvents POSTed to it to its topic.
 *
 * Answers 202 once an event is durable, 400 what is no CloudEvent (batches are none), 404 another path than its own, 405
 * another method, 503 what could not be written (too large, no such topic, a full disk). Unlike Knative's, a refusal
 * says why in its body.
 */
export function kafkaSink(sink: KafkaSinkManifest, { broker, facts }: KafkaSinkNeeds): Addressable {
  const who = `KafkaSink ${sink.name}`
  const path = `/${sink.namespace}/${sink.name}`
  let trouble: string | undefined

  async function post(exchange: Exchange): Promise<Answer> {
    const headers = singleHeaders(exchange.headers)
    const body = await readAtMost(exchange.body, bodyLimit(sink, broker, headers['content-type']))
    if (body === undefined) return unwritten(`the event is larger than topic "${sink.topic}" takes`)
    const reading = readHttp(headers, body)
    if (reading.kind === 'fault') {
      facts('warn', who, `refused what is no CloudEvent: ${reading.fault}`)
      return textAnswer(400, `no CloudEvent: ${reading.fault}\n`)
    }
    try {
      await broker.append([sinkRecord(reading.event, sink)])
      if (trouble !== undefined) facts('info', who, 'writes again')
      trouble = undefined
      facts('debug', who, 'written', { id: reading.event.attributes['id'], topic: sink.topic })
      return textAnswer(202, '')
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return error instanceof RecordTooLargeError ? unwritten(why) : troubled(why)
    }
  }

  /** A topic that takes nothing refuses every event: that is said once. */
  function troubled(why: string): Answer {
    const level = trouble === why ? 'debug' : 'warn'
    trouble = why
    return unwritten(why, level)
  }

  function unwritten(why: string, level: Level = 'warn'): Answer {
    facts(level, who, `could not write: ${why}`)
    return textAnswer(503, `not written: ${why}\n`)
  }

  return {
    url: KAFKA_INGRESS_URL + path,
    async send(exchange) {
      const asked = pathOf(exchange)
      if (exchange.method === 'POST' && (asked === '' || asked === path)) return post(exchange)
      discard(exchange.body)
      return exchange.method === 'POST'
        ? textAnswer(404, `there is no KafkaSink at ${asked}\n`)
        : textAnswer(405, 'a KafkaSink takes POST only\n')
    },
  }
}

/** The bytes a body may have: data for binary mode; around it JSON and, at worst, base64 for structured mode. */
function bodyLimit(
  { topic }: KafkaSinkManifest,
  broker: Pick<Broker, 'topics'>,
  contentType = '',
): number {
  const settings = broker.topics().find((one) => one.topic === topic)
  const limit = settings?.maxMessageBytes ?? DEFAULT_MAX_BYTES
  return isJsonFormat(contentType) ? Math.ceil(limit / 3) * 4 + 65_536 : limit
}

/** Of a header that came more than once the last one counts, as in Knative's receiver. */
function singleHeaders(headers: Exchange['headers']): Record<string, string> {
  const single: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    single[name] = typeof value === 'string' ? value : (value.at(-1) ?? '')
  }
  return single
}
