import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMap, parse, parseAllDocuments, stringify } from 'yaml'
import type { Document } from 'yaml'

import { isRecord } from '../../../functions/lib/row-events.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Ticks: a run asks for its trainings itself, and has its own samples. */
const LEFT_OUT = ['simulate.yaml', 'train.yaml', 'kustomization.yaml']
/**
 * The model of the run. A model that learns on the stream predicts by what it has learnt when an event comes: what is
 * stored then depends on when, and not only on what has come.
 */
const MODEL = 'ridgecv'
/** Short, so that a lost answer does not take a minute, and long enough for a busy machine. */
const TIMEOUT = 'PT4S'

/** Where a ConfigMap declares models. */
const DECLARED = ['data', 'models.yaml']

/** Where the run's own proxy stands in front of Services and KafkaSinks. */
export interface Addresses {
  service(name: string, path: string): string
  sink(namespace: string, name: string): string
}

/**
 * Makes a temporary folder with this repository's manifests, whose Services run this repository's functions, but with
 * the proxy between them: each KafkaSource delivers through it, and functions publish through it, unless they publish
 * to a real Kafka.
 */
export async function makeChaosFolder(
  addresses: Addresses,
  { isKafkaReal }: { readonly isKafkaReal: boolean },
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nowcast-chaos-'))
  for (const name of await readdir(join(root, 'functions'))) {
    if (name === 'lib' || name === 'simulate' || name.includes('.')) continue
    const own = join(folder, 'functions', name)
    await mkdir(own, { recursive: true })
    await cp(join(root, 'functions', name, 'service.yaml'), join(own, 'service.yaml'))
    // Node runs a main file from where it really stands, so the function finds its own modules.
    await symlink(join(root, 'functions', name, 'index.ts'), join(own, 'index.ts'))
  }
  await mkdir(join(folder, 'platform'))
  for (const part of ['kafka', 'mongodb', 'secrets.yaml']) {
    await cp(join(root, 'platform', part), join(folder, 'platform', part), { recursive: true })
  }
  await mkdir(join(folder, 'eventing'))
  for (const name of await readdir(join(root, 'eventing'))) {
    if (LEFT_OUT.includes(name)) continue
    const text = await readFile(join(root, 'eventing', name), 'utf8')
    await writeFile(join(folder, 'eventing', name), redirected(text, addresses, isKafkaReal))
  }
  return folder
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** Manifests as they are, but for where their events go and which models they declare. */
function redirected(text: string, addresses: Addresses, isKafkaReal: boolean): string {
  const documents = parseAllDocuments(text).filter((document) => 'contents' in document)
  for (const document of documents) {
    if (document.get('kind') === 'KafkaSource') redirectSource(document, addresses)
    if (document.getIn(DECLARED) !== undefined) keepModel(document)
    const isConfig = document.getIn(['data', 'events-url']) !== undefined
    if (isConfig && !isKafkaReal) {
      const namespace = String(document.getIn(['metadata', 'namespace']))
      document.setIn(['data', 'events-url'], addresses.sink(namespace, ''))
    }
  }
  return documents.map((document) => document.toString()).join('---\n')
}

function keepModel(document: Document): void {
  const declared: unknown = parse(String(document.getIn(DECLARED)))
  const kept = Array.isArray(declared)
    ? declared.filter((one: unknown) => isRecord(one) && one['name'] === MODEL)
    : []
  document.setIn(DECLARED, stringify(kept))
}

function redirectSource(document: Document, addresses: Addresses): void {
  const service = String(document.getIn(['spec', 'sink', 'ref', 'name']))
  const path = document.getIn(['spec', 'sink', 'uri'])
  const uri = addresses.service(service, typeof path === 'string' ? path : '/')
  document.setIn(['spec', 'sink'], document.createNode({ uri }))
  document.setIn(['spec', 'delivery', 'timeout'], TIMEOUT)
  const letters = ['spec', 'delivery', 'deadLetterSink']
  if (!isMap(document.getIn(letters))) return
  const sink = String(document.getIn([...letters, 'ref', 'name']))
  const namespace = String(document.getIn(['metadata', 'namespace']))
  document.setIn(letters, document.createNode({ uri: addresses.sink(namespace, sink) }))
}
