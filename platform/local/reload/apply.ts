import { describeError } from '../../../functions/lib/log.ts'
import type { Addressable } from '../exchange.ts'
import type { Facts } from '../facts.ts'
import type {
  Destination,
  Inventory,
  KafkaSinkManifest,
  KafkaSourceManifest,
  Manifest,
  PingSourceManifest,
  ServiceManifest,
} from '../manifests/inventory.ts'
import { ofKind } from '../manifests/inventory.ts'
import type { TopicSettings } from '../log/event-log.ts'
import type { RunningService } from '../parts/service/service.ts'
import type { Vault } from '../parts/vault.ts'
import type { SourceStatus } from '../view.ts'
import { differences, nameOf } from './differences.ts'

export interface RunningSource {
  status(): SourceStatus | Promise<SourceStatus>
  close(): Promise<void>
}

type SourceManifest = KafkaSourceManifest | PingSourceManifest

/** What runs, and how more of it is started. Services and sinks are kept by `<namespace>/<name>`. */
export interface Parts {
  readonly services: Map<string, RunningService>
  readonly startService: (manifest: ServiceManifest) => Promise<RunningService>
  /** By the manifest's kind and name, as `nameOf` says it. */
  readonly sources: Map<string, RunningSource>
  readonly startSource: (manifest: SourceManifest) => RunningSource
  readonly sinks: Map<string, Addressable>
  readonly makeSink: (manifest: KafkaSinkManifest) => Addressable
  /** Makes a topic, or changes its settings; undefined where the topics are a real Kafka's. */
  readonly putTopic: ((settings: TopicSettings) => void) | undefined
  readonly put: Vault['put']
}

export interface Applied {
  /** What runs now. */
  readonly inventory: Inventory
  /** The Services that were started or have a new revision, as `nameOf` says them. */
  readonly renewed: ReadonlySet<string>
}

/**
 * Changes what runs from one inventory to the next: the parts whose manifests differ, and those that depend on them. A
 * part that cannot be changed is told and stays as it is.
 */
export async function applyManifests(
  before: Inventory,
  after: Inventory,
  parts: Parts,
  facts: Facts,
): Promise<Applied> {
  const { added, changed, removed } = differences(before, after)
  const failed = new Set<string>()
  const renewed = new Set(
    [...added, ...changed].filter(({ kind }) => kind === 'Service').map(nameOf),
  )
  const attempt = async (manifest: Manifest, change: () => Promise<string> | string) => {
    try {
      facts('info', whoIs(manifest), `${await change()}: ${manifest.file} was changed`)
    } catch (error) {
      failed.add(nameOf(manifest))
      facts('error', whoIs(manifest), `cannot be changed: ${describeError(error)}`)
    }
  }
  const each = async (
    manifests: readonly Manifest[],
    change: (manifest: Manifest) => (() => Promise<string> | string) | undefined,
  ) => {
    for (const manifest of manifests) {
      const found = change(manifest)
      if (found !== undefined) await attempt(manifest, found)
    }
  }
  const now = [...added, ...changed]

  // Who sends stops first; what is sent to comes before who sends.
  await each(removed, (manifest) => stopOf(manifest, parts, 'sources'))
  await each(removed, (manifest) => stopOf(manifest, parts, 'others'))
  await each(now, (manifest) => groundOf(manifest, parts))
  await each(now, (manifest) => (manifest.kind === 'Service' ? serve(manifest, parts) : undefined))
  for (const service of ofKind(after, 'Service')) {
    const object = now.find((manifest) => isUsedBy(manifest, service))
    if (object === undefined || now.includes(service)) continue
    parts.services.get(keyOf(service))?.update(service, `${object.file} was changed`)
    renewed.add(nameOf(service))
  }
  const sinks = new Set(now.flatMap((each_) => (each_.kind === 'KafkaSink' ? keyOf(each_) : [])))
  const sources = after.manifests.filter(isSource)
  for (const source of sources) {
    const isNew = now.includes(source)
    if (!isNew && !sendsTo(source, sinks)) continue
    await attempt(source, async () => {
      await parts.sources.get(nameOf(source))?.close()
      parts.sources.set(nameOf(source), parts.startSource(source))
      return added.includes(source) ? 'is started' : 'is started anew'
    })
  }
  const kept = before.manifests.filter((manifest) => failed.has(nameOf(manifest)))
  const done = after.manifests.filter((manifest) => !failed.has(nameOf(manifest)))
  return { inventory: { folder: after.folder, manifests: [...done, ...kept] }, renewed }
}

/** What others stand on: topics, sinks, and the objects that containers read. */
function groundOf(manifest: Manifest, parts: Parts): (() => string) | undefined {
  switch (manifest.kind) {
    case 'ConfigMap':
    case 'Secret': {
      const { kind, namespace, name, data } = manifest
      return () => {
        parts.put(kind, namespace, name, data)
        return 'is read anew'
      }
    }
    case 'KafkaTopic':
      return () => {
        if (parts.putTopic === undefined) return NEXT_START
        parts.putTopic(manifest)
        return 'has its new settings'
      }
    case 'KafkaSink':
      return () => {
        parts.sinks.set(keyOf(manifest), parts.makeSink(manifest))
        return 'is made anew'
      }
    case 'Kafka':
    case 'KafkaUser':
    case 'MongoDBCommunity':
    case 'Credentials':
      return () => NEXT_START
    case 'Service':
    case 'KafkaSource':
    case 'PingSource':
    case 'Inert':
      return undefined
  }
}

const NEXT_START = 'takes effect at the next start'

function serve(manifest: ServiceManifest, parts: Parts): () => Promise<string> {
  return async () => {
    const running = parts.services.get(keyOf(manifest))
    if (running !== undefined) {
      running.update(manifest, `${manifest.file} was changed`)
      return 'gets a new revision'
    }
    parts.services.set(keyOf(manifest), await parts.startService(manifest))
    return 'is started'
  }
}

function stopOf(
  manifest: Manifest,
  parts: Parts,
  which: 'sources' | 'others',
): (() => Promise<string>) | undefined {
  if (isSource(manifest) !== (which === 'sources')) return undefined
  switch (manifest.kind) {
    case 'KafkaSource':
    case 'PingSource':
      return async () => {
        await parts.sources.get(nameOf(manifest))?.close()
        parts.sources.delete(nameOf(manifest))
        return 'is stopped'
      }
    case 'Service':
      return async () => {
        await parts.services.get(keyOf(manifest))?.close()
        parts.services.delete(keyOf(manifest))
        return 'is stopped'
      }
    case 'KafkaSink':
      return async () => {
        parts.sinks.delete(keyOf(manifest))
        return 'is gone'
      }
    case 'KafkaTopic':
      return async () => 'is no longer declared; its records stay until a start with --fresh'
    case 'ConfigMap':
    case 'Secret':
    case 'Credentials':
    case 'Kafka':
    case 'KafkaUser':
    case 'MongoDBCommunity':
      return async () => NEXT_START
    case 'Inert':
      return undefined
  }
}

function isSource(manifest: Manifest): manifest is SourceManifest {
  return manifest.kind === 'KafkaSource' || manifest.kind === 'PingSource'
}

function isUsedBy(object: Manifest, service: ServiceManifest): boolean {
  if (object.kind !== 'ConfigMap' && object.kind !== 'Secret') return false
  if (object.namespace !== service.namespace) return false
  const used = [
    ...service.env.map(({ value }) => value),
    ...service.envFrom,
    ...service.mounts.map(({ source }) => source),
  ]
  return used.some(
    (source) => source.kind === object.kind && 'name' in source && source.name === object.name,
  )
}

function sendsTo(source: SourceManifest, sinks: ReadonlySet<string>): boolean {
  const deadLetters = source.kind === 'KafkaSource' ? source.delivery?.deadLetterSink : undefined
  return [source.sink, deadLetters].some(
    (to: Destination | undefined) =>
      to?.ref?.kind === 'KafkaSink' && sinks.has(`${to.ref.namespace}/${to.ref.name}`),
  )
}

function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`
}

function whoIs(manifest: Manifest): string {
  const kind = manifest.kind === 'Inert' ? manifest.of : manifest.kind
  return `${kind} ${manifest.name}`
}
