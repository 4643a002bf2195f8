import { z } from 'zod'

import type { Document } from './manifests.ts'
import type { Deployment } from './subject.ts'

/** What the recorder answers to one request; nothing said is 204. */
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Leaves the request open until `release`. */
  readonly hold?: boolean
  /** Cuts the connection. */
  readonly cut?: boolean
}

const request = z
  .object({
    method: z.string(),
    headers: z.record(z.string(), z.string()),
    /** The body in base64. */
    bytes: z.base64(),
    /** When it came: milliseconds of the wall since the epoch. */
    at: z.number(),
  })
  .transform((read) => ({ ...read, body: Buffer.from(read.bytes, 'base64').toString() }))

const kept = z.object({
  requests: z.array(request),
  inFlight: z.number(),
  mostInFlight: z.number(),
})

export type Kept = z.output<typeof kept>

/**
 * A Service that keeps what is posted to `/<case>`, and answers as it is told to, by case: a list of replies, one for each
 * request to come; the last one is for all that follow.
 */
export function recorder(replies: Readonly<Record<string, readonly Reply[]>> = {}): Document {
  const container = {
    image: 'function',
    command: ['node', 'functions/recorder.mjs'],
    env: [{ name: 'REPLIES', value: JSON.stringify(replies) }],
  }
  const annotations = {
    'autoscaling.knative.dev/min-scale': '1',
    'autoscaling.knative.dev/max-scale': '1',
  }
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: 'recorder' },
    spec: { template: { metadata: { annotations }, spec: { containers: [container] } } },
  }
}

/** Tells the recorder what to answer to a case from now on. */
export async function tell(to: Deployment, name: string, replies: readonly Reply[]): Promise<void> {
  await control(to, name, 'PUT', JSON.stringify(replies))
}

/** Lets go of the requests that wait. */
export async function release(at: Deployment, name: string): Promise<void> {
  await control(at, name, 'DELETE')
}

/** What was posted to a case so far. */
export async function keptOf(at: Deployment, name: string): Promise<Kept> {
  return kept.parse(JSON.parse(await control(at, name, 'GET')))
}

async function control(at: Deployment, name: string, method: string, body = ''): Promise<string> {
  const answer = await at.request('recorder', { method, path: `/control/${name}`, body })
  if (answer.status !== 200) throw new Error(`the recorder answered ${answer.status}`)
  return answer.body
}
