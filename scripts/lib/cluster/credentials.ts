import { randomInt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { stringify, parse } from 'yaml'
import { z } from 'zod'

import { credentialList } from '../../../platform/local/manifests/kinds/credentials.ts'
import type { CredentialEntry } from '../../../platform/local/manifests/kinds/credentials.ts'
import { CommandFailure } from '../failure.ts'
import { makeCertificate } from './certificates.ts'
import type { Kubernetes } from './kubernetes.ts'
import type { KubernetesObject } from './objects.ts'
import type { Step } from './story.ts'

/** The generated Secrets. Their values are written nowhere but to the cluster, through a pipe; what is there is kept. */
export interface Credentials {
  /** Makes what is missing, but copies whose original is not there yet. */
  readonly generated: Step
  /** Makes and refreshes copies, and waits for their originals. */
  readonly copied: Step
  /** The Secrets of the list, without their values. */
  readonly secrets: readonly KubernetesObject[]
}

/** Secrets of a namespace by name, their values in base64 as Kubernetes keeps them. */
type Known = ReadonlyMap<string, Data>
type Data = Readonly<Record<string, string>>

const NONE: Known = new Map()
const LABELS = { 'app.kubernetes.io/part-of': 'nowcast' }
const CERTIFICATE_KEYS = ['ca.crt', 'tls.crt', 'tls.key'] as const
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Reads the list of generated Secrets, `platform/secrets.yaml`. */
export function openCredentials(file: string, cluster: Kubernetes): Credentials {
  const written: unknown = parse(readFileSync(file, 'utf8'))
  const parsed = credentialList.safeParse(written)
  if (!parsed.success) throw new CommandFailure(`${file}: ${z.prettifyError(parsed.error)}`)
  const entries = parsed.data
  const namespaces = [...new Set(entries.map(({ namespace }) => namespace))]
  const look = async (): Promise<Map<string, Known>> => {
    const known = new Map<string, Known>()
    for (const each of namespaces) known.set(each, await secretsOf(cluster, each))
    return known
  }
  const all = async (
    holds: (entry: CredentialEntry, known: Known) => boolean,
  ): Promise<boolean> => {
    const known = await look()
    return entries.every((entry) => holds(entry, known.get(entry.namespace) ?? NONE))
  }
  const keep = async (): Promise<void> => {
    const known = cluster.isDryRun ? new Map<string, Known>() : await look()
    const changed: { entry: CredentialEntry; data: Data }[] = []
    for (const entry of entries) {
      const there = known.get(entry.namespace) ?? NONE
      const had = there.get(entry.name) ?? {}
      const data = await dataOf(entry, had, there)
      const isSame = Object.entries(data).every(([key, value]) => had[key] === value)
      if (!isSame) changed.push({ entry, data })
    }
    if (changed.length === 0) return
    await cluster.applySecretly(
      changed.map(({ entry, data }) => secret(entry, data)),
      changed.map(({ entry }) => shownOf(entry)).join('---\n'),
      changed.flatMap(({ data }) => hiddenIn(data)),
    )
  }
  const keepAll = async (): Promise<string | undefined> => {
    await keep()
    const known = await look()
    const copies = entries.flatMap((entry) => copiesOf(entry).map((copy) => ({ entry, ...copy })))
    const lack = copies.find(
      ({ entry, from, key }) => known.get(entry.namespace)?.get(from)?.[key] === undefined,
    )
    return lack && `Secret ${lack.from} with key ${lack.key} is not there yet`
  }
  return {
    generated: { already: () => all((entry, known) => isComplete(entry, known, false)), act: keep },
    copied: {
      already: () => all((entry, known) => isComplete(entry, known, true)),
      act: keep,
      missing: keepAll,
    },
    secrets: entries.map((entry) => secret(entry, {})),
  }
}

async function secretsOf(cluster: Kubernetes, namespace: string): Promise<Known> {
  const found = await cluster.list('secrets', namespace)
  const data = z.looseObject({ data: z.record(z.string(), z.string()).default({}) })
  return new Map(found.map((each) => [each.metadata.name, data.parse(each).data]))
}

function isComplete(entry: CredentialEntry, known: Known, withCopies: boolean): boolean {
  const had = known.get(entry.name) ?? {}
  return (
    (entry.certificate === undefined || CERTIFICATE_KEYS.every((key) => had[key] !== undefined)) &&
    Object.entries(entry.keys).every(([key, rule]) => {
      if (typeof rule === 'string') return had[key] === base64(rule)
      if ('generate' in rule) return had[key] !== undefined
      const original = originalOf(rule.from, known)
      return original === undefined ? !withCopies || had[key] !== undefined : original === had[key]
    })
  )
}

/** What a Secret is to hold: what it has where that is to be kept, and what is new. */
async function dataOf(entry: CredentialEntry, had: Data, known: Known): Promise<Data> {
  const data: Record<string, string> = {}
  for (const [key, rule] of Object.entries(entry.keys)) {
    const value = valueOf(rule, had[key], known)
    if (value !== undefined) data[key] = value
  }
  if (entry.certificate === undefined) return data
  if (CERTIFICATE_KEYS.every((key) => had[key] !== undefined)) {
    for (const key of CERTIFICATE_KEYS) data[key] = had[key] ?? ''
    return data
  }
  const made = await makeCertificate(entry.certificate.hosts, new Date())
  for (const key of CERTIFICATE_KEYS) data[key] = base64(made[key])
  return data
}

function valueOf(
  rule: CredentialEntry['keys'][string],
  had: string | undefined,
  known: Known,
): string | undefined {
  if (typeof rule === 'string') return base64(rule)
  if ('generate' in rule) return had ?? base64(randomText(rule.generate))
  // A copy stays while its original is away: an operator may be making it anew.
  return originalOf(rule.from, known) ?? had
}

function copiesOf(entry: CredentialEntry): { from: string; key: string }[] {
  return Object.values(entry.keys).flatMap((rule) =>
    typeof rule === 'object' && 'from' in rule ? [placeOf(rule.from)] : [],
  )
}

function originalOf(place: string, known: Known): string | undefined {
  const { from, key } = placeOf(place)
  return known.get(from)?.[key]
}

function placeOf(place: string): { from: string; key: string } {
  const [from = '', key = ''] = place.split('/')
  return { from, key }
}

function secret({ name, namespace, certificate }: CredentialEntry, data: Data): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: LABELS },
    // A type cannot be changed later: the one that holds just these keys, if there is one.
    type: certificate === undefined ? 'Opaque' : 'kubernetes.io/tls',
    data,
  }
}

/** The Secret for a dry run: its keys, and where each value comes from. */
function shownOf(entry: CredentialEntry): string {
  const rules = Object.entries(entry.keys).map(([key, rule]): [string, string] => {
    if (typeof rule === 'string') return [key, rule]
    return [key, 'generate' in rule ? '<generated>' : `<copy of ${rule.from}>`]
  })
  const made = entry.certificate === undefined ? [] : CERTIFICATE_KEYS
  const stringData = Object.fromEntries([
    ...rules,
    ...made.map((key): [string, string] => [key, '<generated>']),
  ])
  const { data: _data, ...shown } = secret(entry, {})
  return stringify({ ...shown, stringData })
}

/** Every form in which a value could turn up in a message. */
function hiddenIn(data: Data): string[] {
  return Object.values(data).flatMap((value) => [value, Buffer.from(value, 'base64').toString()])
}

function randomText(length: number): string {
  return Array.from({ length }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('')
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
