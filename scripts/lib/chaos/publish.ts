import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

/** An event as it is posted. */
export interface Posted {
  readonly attributes: Readonly<Record<string, string>>
  readonly body: string
}

const ATTEMPT_MS = 10_000
const AGAIN_AFTER_MS = 50
const GIVEN_UP_AFTER_MS = 300_000

/** Posts events until they are acknowledged, as a careful producer does. */
export function openPublisher(): {
  /** Resolves once a 2xx has come; rejects when none comes in five minutes. */
  post(url: string, event: Posted): Promise<void>
  close(): void
} {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  return {
    async post(url, event) {
      const end = performance.now() + GIVEN_UP_AFTER_MS
      for (;;) {
        const status = await attempt(url, event, agent)
        if (status >= 200 && status < 300) return
        if (performance.now() > end) {
          throw new Error(`${url} does not take event ${event.attributes['id']}: ${status}`)
        }
        await pause(AGAIN_AFTER_MS)
      }
    },
    close: () => agent.destroy(),
  }
}

/** The status, or 0 when no answer came. */
function attempt(url: string, { attributes, body }: Posted, agent: Agent): Promise<number> {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  for (const [name, value] of Object.entries(attributes)) headers[`ce-${name}`] = value
  return new Promise((resolve) => {
    const sent = request(
      url,
      { method: 'POST', agent, headers, timeout: ATTEMPT_MS },
      (response) => {
        response.on('error', () => resolve(0))
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    sent.on('timeout', () => sent.destroy())
    sent.on('error', () => resolve(0))
    sent.end(body)
  })
}

/** Does something with each item, in order, so many at a time. */
export async function inOrder<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of left) await work(item)
    }),
  )
}
