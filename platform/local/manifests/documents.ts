import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  visit,
} from 'yaml'
import type { Problem } from './problems.ts'

/** One YAML document of a file, as plain values that know where they were written. */
export interface SourceDocument {
  readonly file: string
  readonly value: unknown
  /** Line of the document's first key or item, from 1. */
  readonly line: number
  /** Line of the field at a path, or of what stands nearest above it. */
  lineOf(path: readonly PropertyKey[]): number
}

/** What YAML 1.1, which Kubernetes speaks, takes for true or false, and YAML 1.2 for text. */
const BOOLEAN_TO_KUBERNETES = /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/

/** The documents of a file; empty ones are left out. What is no YAML is a problem, and its document is left out. */
export function readDocuments(
  file: string,
  text: string,
): { documents: SourceDocument[]; problems: Problem[] } {
  const lines = new LineCounter()
  const lineAt = (offset: number): number => lines.linePos(offset).line
  const documents: SourceDocument[] = []
  const problems: Problem[] = []
  for (const document of parseAllDocuments(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
  })) {
    const faults = faultsOf(document)
    problems.push(...faults.map(({ at, message }) => ({ file, line: lineAt(at), message })))
    if (faults.length > 0 || document.contents === null) continue
    try {
      const value: unknown = document.toJS()
      if (value === null) continue
      const lineOf = (path: readonly PropertyKey[]): number =>
        lineAt(offsetOf(document, document.contents, path))
      documents.push({ file, value, line: lineOf([]), lineOf })
    } catch (cause) {
      // Aliases that point nowhere, or that would fill the memory.
      problems.push({ file, line: lineAt(document.range[0]), message: notYaml(cause) })
    }
  }
  return { documents, problems }
}

function faultsOf(document: Document.Parsed): { at: number; message: string }[] {
  const faults = [...document.errors, ...document.warnings].map((error) => ({
    at: error.pos[0],
    message: notYaml(error),
  }))
  visit(document, {
    Scalar(_, node) {
      if (node.type !== 'PLAIN' || typeof node.value !== 'string') return
      if (!BOOLEAN_TO_KUBERNETES.test(node.value)) return
      const message = `${node.value} is true or false to Kubernetes and text here; write true or false, or "${node.value}" in quotes`
      faults.push({ at: node.range?.[0] ?? 0, message })
    },
  })
  return faults
}

function notYaml(cause: unknown): string {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return `this is not YAML that can be read: ${reason}; mend it here or a line above`
}

/** Where the last field of the path that exists begins: a map's key, a list's item. */
function offsetOf(document: Document.Parsed, top: unknown, path: readonly PropertyKey[]): number {
  let offset = firstOffset(top)
  let node = resolved(document, top)
  for (const step of path) {
    const next = child(node, step)
    if (next === undefined) break
    offset = next.offset
    node = resolved(document, next.node)
  }
  return offset
}

function firstOffset(node: unknown): number {
  if (isMap(node) && node.items[0] !== undefined) return startOf(node.items[0].key)
  return startOf(node)
}

function child(node: unknown, step: PropertyKey): { offset: number; node: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => keyOf(item) === String(step))
    return pair === undefined ? undefined : { offset: startOf(pair.key), node: pair.value }
  }
  if (isSeq(node)) {
    const item: unknown = node.items[Number(step)]
    return item === undefined ? undefined : { offset: firstOffset(item), node: item }
  }
  return undefined
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
}

function resolved(document: Document.Parsed, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node
}

function startOf(node: unknown): number {
  return isNode(node) ? (rangeOf(node)?.[0] ?? 0) : 0
}

function rangeOf(node: Node): readonly number[] | null | undefined {
  if (isCollection(node) || isScalar(node) || isAlias(node)) return node.range
  return undefined
}

/** A field of a plain value, or undefined where there is none. */
export function fieldOf(value: unknown, name: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  const field: unknown = Reflect.get(value, name)
  return field
}
