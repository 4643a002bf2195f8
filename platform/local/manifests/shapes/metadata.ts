import { z } from 'zod'
import { ignored } from '../fields.ts'
import type { Need } from '../needs.ts'

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
const DNS = 'is no name on a cluster; write lower-case letters, digits and "-"'

/** The name of most objects. */
export const objectName = z.string().regex(NAME, { error: DNS })
/** A name that becomes part of an address: no dots, at most 63 characters, a letter first. */
export const hostName = z.string().regex(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, {
  error:
    'is no name of an address; write at most 63 lower-case letters, digits and "-", a letter first',
})
const namespaceName = z.string().regex(LABEL, { error: DNS })

/** Text by name, as labels and annotations are. */
const texts = z.record(z.string(), z.string())

export const freeLabels = ignored('labels select nothing here', texts)
export const freeAnnotations = ignored('notes for people and for a cluster', texts)

/** `metadata` of a namespaced kind. Kinds that read a label or an annotation give their own shape of it. */
export function metadata<N extends z.ZodType, L extends z.ZodType, A extends z.ZodType>(shapes: {
  readonly name: N
  readonly labels: L
  readonly annotations: A
}) {
  return z.strictObject({
    name: shapes.name,
    namespace: namespaceName.default('default'),
    labels: shapes.labels,
    annotations: shapes.annotations,
  })
}

/** `metadata` of a kind that reads its name and namespace alone. */
export const plainMetadata = metadata({
  name: objectName,
  labels: freeLabels,
  annotations: freeAnnotations,
})

/** `metadata` of a kind that belongs to no namespace. */
export const clusterMetadata = z.strictObject({
  name: objectName,
  labels: freeLabels,
  annotations: freeAnnotations,
})

/** `metadata` of a Strimzi resource: its label says which Kafka it belongs to. */
export const strimziMetadata = metadata({
  name: objectName,
  labels: z
    .object({ 'strimzi.io/cluster': objectName.optional() })
    .catchall(z.string().meta({ ignored: 'labels select nothing here' }))
    .optional(),
  annotations: freeAnnotations,
})

/** `status` comes along when a manifest was copied from a cluster. */
export const status = ignored('written by a cluster, never read')

/** Strimzi leaves a resource alone whose label names no Kafka of its namespace. */
export function needOfCluster({ labels, namespace }: z.output<typeof strimziMetadata>): Need {
  return {
    kind: 'cluster',
    cluster: labels?.['strimzi.io/cluster'],
    namespace,
    path: ['metadata', 'labels', 'strimzi.io/cluster'],
  }
}

/** A key of a ConfigMap or Secret: it becomes a file's name. */
export const dataKey = z.string().regex(/^[-._a-zA-Z0-9]{1,253}$/, {
  error: 'is no key; write letters, digits, "-", "_" and "."',
})
