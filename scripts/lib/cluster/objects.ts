import { parseAllDocuments, stringify } from 'yaml'
import { z } from 'zod'

import { CommandFailure } from '../failure.ts'

const object = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    generation: z.number().optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }),
})

/** A Kubernetes object: what every one has, and whatever else is in it. */
export type KubernetesObject = z.output<typeof object>

/** The objects of a YAML text. Throws when a document is none. */
export function parseObjects(yaml: string, from: string): KubernetesObject[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    const value: unknown = document.toJS()
    if (value === null) return []
    const parsed = object.safeParse(value)
    if (document.errors.length === 0 && parsed.success) return [parsed.data]
    throw new CommandFailure(`${from} gives a document that is no Kubernetes object`)
  })
}

/** An object written as JSON. */
export function parseObject(json: string): KubernetesObject {
  return object.parse(JSON.parse(json))
}

/** The objects of an answer in JSON, a list or a single one. */
export function parseAnswer(json: string, command: string): KubernetesObject[] {
  if (json.trim() === '') return []
  const parsed = z
    .union([z.looseObject({ kind: z.literal('List'), items: z.array(object) }), object])
    .safeParse(JSON.parse(json))
  if (!parsed.success) throw new CommandFailure(`${command} gives no Kubernetes objects`)
  return 'items' in parsed.data ? z.array(object).parse(parsed.data.items) : [parsed.data]
}

export function yamlOf(objects: readonly KubernetesObject[]): string {
  return objects.map((each) => stringify(each)).join('---\n')
}

/** `Kafka nowcast`: how a message names an object. */
export function named({ kind, metadata: { name } }: KubernetesObject): string {
  return `${kind} ${name}`
}

/** Whether two documents are about the same object, whichever version of its kind they use. */
export function isSame(one: KubernetesObject, other: KubernetesObject): boolean {
  return (
    one.kind === other.kind &&
    groupOf(one) === groupOf(other) &&
    one.metadata.name === other.metadata.name &&
    (one.metadata.namespace ?? '') === (other.metadata.namespace ?? '')
  )
}

function groupOf({ apiVersion }: KubernetesObject): string {
  return apiVersion.includes('/') ? apiVersion.replace(/\/.*$/, '') : ''
}
