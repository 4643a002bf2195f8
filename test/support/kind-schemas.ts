import { existsSync, readdirSync, readFileSync } from 'node:fs'
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

/** Google publishes no definition of its kind: the fields ours uses, as its documentation names them. */
const HAND_WRITTEN: Record<string, Json> = {
  'cloud.google.com/v1 ComputeClass': closed(
    {
      ...everyObject,
      spec: closed(
        {
          priorities: listOf(closed({ machineFamily: { type: 'string' } }, ['machineFamily'])),
          priorityDefaults: closed({
            nodeSystemConfig: closed({
              linuxNodeConfig: closed({
                sysctls: closed({ 'vm.max_map_count': { type: 'integer', maximum: 2147483647 } }),
              }),
            }),
          }),
          nodePoolAutoCreation: closed({ enabled: { type: 'boolean' } }),
          whenUnsatisfiable: { enum: ['DoNotScaleUp', 'ScaleUpAnyway'] },
        },
        ['priorities'],
      ),
    },
    ['metadata', 'spec'],
  ),
}

function closed(properties: Json, required: readonly string[] = []): Json {
  return { type: 'object', required, properties, additionalProperties: false }
}

function listOf(items: Json): Json {
  return { type: 'array', minItems: 1, items }
}

/** Kubernetes' own kinds, as its API describes them: each definition that is a kind names it. */
const ownKinds = z.object({ definitions: z.record(z.string(), z.record(z.string(), z.unknown())) })
const named = z.object({
  'x-kubernetes-group-version-kind': z.tuple([
    z.object({ group: z.string(), version: z.string(), kind: z.string() }),
  ]),
})

/** Finds the validator of `<apiVersion> <kind>`; undefined when neither the folders nor this file have one. */
export type KindSchemas = (name: string) => ValidateFunction | undefined

const GROUP = /^ {2}group: (\S+)$/m
const KIND = /^ {4}kind: (\S+)$/m

/** Schemas of each definition in the folders, a later one's in place of an earlier one's, and of those written here. */
export function kindSchemas(folders: readonly string[]): KindSchemas {
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false, logger: false })
  formats.default(ajv)
  ajv.addKeyword({ keyword: 'x-kubernetes-list-map-keys', type: 'array', validate: isListMap })
  const schemas = new Map<string, Json>(Object.entries(HAND_WRITTEN))
  for (const folder of folders) addOwnKinds(join(folder, 'kubernetes.json'), ajv, schemas)
  const files = new Map(folders.flatMap(filesByKind))
  const validators = new Map<string, ValidateFunction>()

  // Reading and compiling all of them takes ten times as long as those that are asked for.
  return (name) => {
    const known = validators.get(name)
    if (known !== undefined) return known
    const [apiVersion = '', kind = ''] = name.split(' ')
    const file = files.get(`${apiVersion.split('/')[0]} ${kind}`)
    if (file !== undefined && !schemas.has(name)) addDefinition(file, schemas)
    const schema = schemas.get(name)
    if (schema === undefined) return undefined
    const validator = ajv.compile(schema)
    validators.set(name, validator)
    return validator
  }
}

/** The definitions of a folder by `<group> <kind>`. */
function filesByKind(folder: string): [string, string][] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => {
      const file = join(folder, name)
      const text = readFileSync(file, 'utf8')
      return [`${GROUP.exec(text)?.[1]} ${KIND.exec(text)?.[1]}`, file]
    })
}

function addDefinition(file: string, schemas: Map<string, Json>): void {
  const { spec } = definition.parse(parse(readFileSync(file, 'utf8')))
  for (const { name, served, schema } of spec.versions) {
    if (!served) continue
    const strict = pruning(schema.openAPIV3Schema)
    const properties = { ...record(strict['properties']), ...everyObject }
    schemas.set(`${spec.group}/${name} ${spec.names.kind}`, { ...strict, properties })
  }
}

function addOwnKinds(file: string, ajv: Ajv, schemas: Map<string, Json>): void {
  if (!existsSync(file)) return
  const { definitions } = ownKinds.parse(JSON.parse(readFileSync(file, 'utf8')))
  const strict: Record<string, Json> = {}
  for (const [name, schema] of Object.entries(definitions)) strict[name] = pruning(schema)
  ajv.addSchema({ $id: file, definitions: strict })
  for (const [name, schema] of Object.entries(definitions)) {
    const parsed = named.safeParse(schema)
    if (!parsed.success) continue
    const [{ group, version, kind }] = parsed.data['x-kubernetes-group-version-kind']
    const apiVersion = group === '' ? version : `${group}/${version}`
    const $ref = `${file}#/definitions/${name}`
    schemas.set(`${apiVersion} ${kind}`, { $ref, required: ['metadata'] })
  }
}

/** A structural schema that refuses the fields an API server would drop. */
function pruning(schema: Json): Json {
  const strict = { ...schema }
  // A port or a count: the description says text, and its format says what is meant.
  if (schema['format'] === 'int-or-string') return { type: ['integer', 'string'] }
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
