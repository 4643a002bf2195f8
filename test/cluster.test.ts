import { describe, expect, it } from '@jest/globals'
import { z } from 'zod'

import { render, WHY_NOT_RENDERED } from './support/kustomize.ts'

const whenRendered = WHY_NOT_RENDERED === undefined ? describe : describe.skip
const because = WHY_NOT_RENDERED === undefined ? '' : ` (${WHY_NOT_RENDERED})`

const reference = z.union([
  z.object({ secretName: z.string() }).transform(({ secretName }) => `Secret ${secretName}`),
  z
    .object({ secretKeyRef: z.object({ name: z.string() }) })
    .transform(({ secretKeyRef }) => `Secret ${secretKeyRef.name}`),
  z
    .object({ configMapKeyRef: z.object({ name: z.string() }) })
    .transform(({ configMapKeyRef }) => `ConfigMap ${configMapKeyRef.name}`),
  z
    .object({ configMap: z.object({ name: z.string() }) })
    .transform(({ configMap }) => `ConfigMap ${configMap.name}`),
])

/** The Secrets and ConfigMaps that anything in a document is read from. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  const own = reference.safeParse(value)
  return [...(own.success ? [own.data] : []), ...Object.values(value).flatMap(referencesIn)]
}

whenRendered(`the functions on Knative alone${because}`, () => {
  it('find every Secret and ConfigMap that they read', async () => {
    const documents = await render('test/cluster')
    const there = documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    const wanted = documents.flatMap(({ spec }) => referencesIn(spec))
    expect(wanted.length).toBeGreaterThan(0)
    expect(wanted.filter((name) => !there.includes(name))).toEqual([])
  })

  it('need no operator but those of Knative', async () => {
    const groups = (await render('test/cluster')).map(({ apiVersion }) => apiVersion)
    expect([...new Set(groups)].toSorted()).toEqual([
      'apps/v1',
      'serving.knative.dev/v1',
      'sources.knative.dev/v1',
      'v1',
    ])
  })

  it('publish to a server that is there', async () => {
    const documents = await render('test/cluster')
    const config = documents.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'nowcast',
    )
    const address = new URL(
      z.object({ 'events-url': z.string() }).parse(config?.['data'])['events-url'],
    )
    const [service, namespace] = address.hostname.split('.')
    expect(
      documents.some(
        ({ apiVersion, kind, metadata }) =>
          apiVersion === 'v1' &&
          kind === 'Service' &&
          metadata.name === service &&
          metadata.namespace === namespace,
      ),
    ).toBe(true)
  })
})
