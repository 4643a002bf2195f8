import { z } from 'zod'

/** What a laptop does with one field of a kind. */
export type Field =
  | { readonly path: string; readonly status: 'honoured' }
  | { readonly path: string; readonly status: 'ignored' | 'refused'; readonly reason: string }

/** A field that is read and changes nothing on a laptop, and why. A shape, when given, is still checked. */
export function ignored(reason: string): z.ZodOptional<z.ZodUnknown>
export function ignored<S extends z.ZodType>(reason: string, shape: S): z.ZodOptional<S>
export function ignored(reason: string, shape: z.ZodType = z.unknown()): z.ZodType {
  return shape.optional().meta({ ignored: reason })
}

/** A field that matters by being there, whatever becomes of the fields below it. */
export function honoured<S extends z.ZodType>(shape: S): S {
  return shape.meta({ honoured: true })
}

/** A field that is valid on some cluster and stops the start on a laptop. The reason ends with the way out. */
export function refused(reason: string) {
  return z.undefined({ error: reason }).optional().meta({ refused: reason })
}

/** One place in a schema: what it is called there, and what may stand below it. */
interface Node {
  readonly [keyword: string]: unknown
}

const nodes = new WeakMap<z.ZodType, Node>()

/** The fields of a schema, in its order: leaves, and what is ignored or refused as a whole. */
export function fieldsOfSchema(schema: z.ZodType): Field[] {
  return walk(nodeOf(schema), '')
}

/** The field names a schema knows at a path; an empty list where any name is allowed, or none. */
export function knownNames(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let node: Node | undefined = nodeOf(schema)
  for (const step of path) {
    node = node === undefined ? undefined : below(node, step)
  }
  return Object.keys(record(node?.properties) ?? {})
}

function nodeOf(schema: z.ZodType): Node {
  const known = nodes.get(schema)
  if (known !== undefined) return known
  const node: Node = { ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) }
  nodes.set(schema, node)
  return node
}

function below(node: Node, step: PropertyKey): Node | undefined {
  if (typeof step === 'number') return record(node.items)
  return record(record(node.properties)?.[String(step)]) ?? record(node.additionalProperties)
}

function walk(node: Node, path: string): Field[] {
  if (typeof node.ignored === 'string') return [{ path, status: 'ignored', reason: node.ignored }]
  if (typeof node.refused === 'string') return [{ path, status: 'refused', reason: node.refused }]
  const fields: Field[] = node.honoured === true ? [{ path, status: 'honoured' }] : []
  for (const [name, child] of Object.entries(record(node.properties) ?? {})) {
    fields.push(...walk(record(child) ?? {}, path === '' ? name : `${path}.${quoted(name)}`))
  }
  const others = record(node.additionalProperties)
  if (others !== undefined) fields.push(...walk(others, `${path}.*`))
  const items = record(node.items)
  if (items !== undefined) fields.push(...walk(items, `${path}[]`))
  return fields.length > 0 ? fields : [{ path, status: 'honoured' }]
}

/** A name with dots would read as several steps. */
function quoted(name: string): string {
  return name.includes('.') ? `"${name}"` : name
}

function record(value: unknown): Node | undefined {
  return isNode(value) ? value : undefined
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
