import { Agent, request } from 'node:http'

import { encodeHeader, writeCloudEvents } from '../cloud-event.ts'
import type { WritableEvent } from '../cloud-event.ts'
import { RetryableError } from '../errors.ts'
import type { Events } from '../ports/events.ts'

const TIMEOUT_MS = 30_000

/**
 * Publishes to the KafkaSinks of a namespace, each named as its topic: a CloudEvent POST to `<url>/<topic>`, which
 * answers 202 once the record is written.
 *
 * `source` is the CloudEvents source of everything published here.
 */
export function kafkaSinkEvents(url: string, source: string): Events {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  return {
    async publish(events) {
      for (const event of events) {
        for (const written of writeCloudEvents(source, event)) await post(agent, url, written)
      }
    },
    async close() {
      agent.destroy()
    },
  }
}

function post(agent: Agent, url: string, event: WritableEvent): Promise<void> {
  const address = `${url.replace(/\/$/, '')}/${event.topic}`
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  for (const [name, value] of Object.entries(event.attributes)) {
    headers[`ce-${name}`] = encodeHeader(value)
  }
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown): void =>
      reject(new RetryableError(`topic ${event.topic} cannot be written now: ${why}`, { cause }))
    const sent = request(
      address,
      { agent, method: 'POST', headers, timeout: TIMEOUT_MS },
      (response) => {
        response.resume()
        response.on('error', (error) => fail('the answer was cut off', error))
        response.on('end', () => {
          const status = response.statusCode ?? 0
          if (status === 202) resolve()
          else fail(`the KafkaSink answered ${status}`)
        })
      },
    )
    sent.on('timeout', () => sent.destroy(new Error(`no answer in ${TIMEOUT_MS} ms`)))
    sent.on('error', (error) => {
      // The sink closed a connection that was idle, just when it was used again: nothing was lost, and ids repeat.
      if (sent.reusedSocket && 'code' in error && error.code === 'ECONNRESET') {
        resolve(post(agent, url, event))
      } else fail(error.message, error)
    })
    sent.end(event.body)
  })
}
