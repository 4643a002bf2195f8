import { afterAll, beforeAll, expect, it } from '@jest/globals'

import { eventually } from '../../support/eventually.ts'
import { keptOf, RECORDER } from './recorder.ts'
import type { Deployment, Subject } from './subject.ts'

const DEPLOY_DEADLINE_MS = 240_000

const source = (name: string, spec: string): string => `
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: { name: ${name} }
spec:
  schedule: '* * * * * *'
  ${spec}
  sink: { ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: recorder }, uri: /${name} }
`

const MANIFESTS = [
  RECORDER,
  source('json', `contentType: application/json\n  data: '{"a":1}'`),
  source('bare', ''),
].join('---')

/** What a PingSource promises, on a folder of its own. */
export function pingSourceContract(subject: Subject): void {
  let deployment: Deployment
  beforeAll(async () => {
    deployment = await subject.deploy(MANIFESTS)
  }, DEPLOY_DEADLINE_MS)
  afterAll(() => deployment.remove(), DEPLOY_DEADLINE_MS)

  const ticks = (name: string, count: number) =>
    eventually(async () => {
      const { requests } = await keptOf(deployment, name)
      return requests.length >= count && requests
    }, 20_000)

  it('sends an event of type dev.knative.sources.ping from its own path at every tick', async () => {
    const [first, second] = await ticks('json', 2)
    expect(first).toMatchObject({ method: 'POST', body: '{"a":1}' })
    expect(first?.headers).toMatchObject({
      'ce-specversion': '1.0',
      'ce-type': 'dev.knative.sources.ping',
      'ce-source': `/apis/v1/namespaces/${deployment.namespace}/pingsources/json`,
      'content-type': 'application/json',
    })
    expect(first?.headers['ce-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(first?.headers['ce-id']).not.toBe(second?.headers['ce-id'])
  }, 30_000)
}
