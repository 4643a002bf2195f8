import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { parse } from 'yaml'
import { z } from 'zod'

type Json = Record<string, unknown>

const definition = z.object({
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string() }),
    versions: z.array(
      z.object({
        name: z.string(),
        served: z.boolean(),
        schema: z.object({ openAPIV3Schema: z.record(z.string(), z.unknown()) }),
      }),
    ),
  }),
})

const texts = { type: 'object', additionalProperties: { type: 'string' } }
const metadata = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string' },
    namespace: { type: 'string' },
    labels: texts,
    annotations: texts,
  },
  additionalProperties: false,
}

/** An API server takes these of every object, whether or not its definition lists them. */
const everyObject = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata }

/** Kinds of Kubernetes itself have no definition: what ours use of them. */
const CORE: Record<string, Json> = {
  'v1 ConfigMap': core({ data: texts, immutable: { type: 'boolean' } }),
  'v1 Secret': core({ data: texts, stringData: texts, type: { type: 'string' } }),
  'v1 Namespace': core({}),
}

function core(fields: Json): Json {
  return {
    type: 'object',
    required: ['metadata'],
    properties: { ...everyObject, ...fields },
    additionalProperties: false,
  }
}

/** Validators by `<apiVersion> <kind>`: of the core kinds, and of each definition in the folders. */
export function kindSchemas(folders: readonly string[]): Map<string, ValidateFunction> {
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false, logger: false })
  formats.default(ajv)
  ajv.addKeyword({ keyword: 'x-kubernetes-list-map-keys', type: 'array', validate: isListMap })
  const validators = new Map<string, ValidateFunction>()
  for (const [name, schema] of Object.entries(CORE)) validators.set(name, ajv.compile(schema))
  for (const folder of folders) {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.yaml'))) {
      const { spec } = definition.parse(parse(readFileSync(join(folder, file), 'utf8')))
      for (const { name, served, schema } of spec.versions) {
        if (!served) continue
        const strict = { ...pruning(schema.openAPIV3Schema) }
        const properties = { ...record(strict['properties']), ...everyObject }
        validators.set(
          `${spec.group}/${name} ${spec.names.kind}`,
          ajv.compile({ ...strict, properties }),
        )
      }
    }
  }
  return validators
}

/** A structural schema that refuses the fields an API server would drop. */
function pruning(schema: Json): Json {
  const strict = { ...schema }
  const properties = record(schema['properties'])
  if (properties !== undefined) {
    strict['properties'] = Object.fromEntries(
      Object.entries(properties).map(([name, child]) => [name, pruning(record(child) ?? {})]),
    )
  }
  const items = record(schema['items'])
  if (items !== undefined) strict['items'] = pruning(items)
  const others = record(schema['additionalProperties'])
  if (others !== undefined) strict['additionalProperties'] = pruning(others)
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true
  if (schema['type'] === 'object' && others === undefined && !isOpen) {
    strict['additionalProperties'] = schema['additionalProperties'] ?? false
  }
  return strict
}

/** Items of a list map differ in their keys: an API server refuses two of the same. */
function isListMap(keys: unknown, list: unknown): boolean {
  if (!Array.isArray(keys) || !Array.isArray(list)) return true
  const names = list.map((item: unknown) =>
    JSON.stringify(keys.map((key) => record(item)?.[String(key)])),
  )
  return new Set(names).size === names.length
}

function record(value: unknown): Json | undefined {
  return isRecord(value) ? value : undefined
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
