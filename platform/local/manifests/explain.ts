import type { z } from 'zod'
import { fieldOf } from './documents.ts'
import { knownNames } from './fields.ts'
import { wayOut } from './nearest.ts'

/** Something wrong with one field of a document. */
export interface Fault {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

const WANTED: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of fields',
  record: 'a mapping of names',
}

/** One issue of a schema as sentences: what is wrong with which field, and the way out. */
export function explain(issue: z.core.$ZodIssue, document: unknown, schema: z.ZodType): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownNames(schema, issue.path)
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      message: `${pathText([...issue.path, key])} is not a field; ${wayOut(key, known, listed(known))}`,
    }))
  }
  const where = pathText(issue.path)
  return [
    { path: issue.path, message: `${where} ${predicate(issue, valueAt(document, issue.path))}` },
  ]
}

function predicate(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === 'invalid_type' && issue.expected === 'undefined') {
    return `does not run on a laptop: ${issue.message}`
  }
  // A schema's own message is the rest of a sentence; zod's begin with a capital.
  if (/^[a-z]/.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = WANTED[issue.expected] ?? issue.expected
      if (value === undefined) return `is missing; add it: ${wanted}`
      if (value === null) return `is empty; give it a value (${wanted}) or remove it`
      const quotes = wanted === 'text' && typeof value !== 'object' ? ', in quotes' : ''
      return `is ${kindOf(value)}; write ${wanted}${quotes}`
    }
    case 'invalid_value': {
      const choices = issue.values.map((choice) => JSON.stringify(choice)).join(' or ')
      return value === undefined
        ? `is missing; add it: ${choices}`
        : `is ${JSON.stringify(value)}; write ${choices}`
    }
    case 'too_small':
      return typeof value === 'number'
        ? `is ${value}; write at least ${issue.minimum}`
        : `is empty; give it at least ${issue.minimum}`
    case 'too_big':
      return typeof value === 'number'
        ? `is ${value}; write at most ${issue.maximum}`
        : `has more than ${issue.maximum}; leave ${issue.maximum}`
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues[0]?.message ?? issue.message
    case 'custom':
    case 'invalid_format':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return issue.message
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a mapping'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number'
  return value === true ? 'true' : 'false'
}

function listed(known: readonly string[]): string {
  return known.length === 0 ? 'remove it' : `known here: ${known.join(', ')}`
}

/** A path as people write it: `spec.topics[0]`, `metadata.annotations["a.b/c"]`. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[\w$-]+$/.test(String(step))) text += text === '' ? String(step) : `.${String(step)}`
    else text += `[${JSON.stringify(String(step))}]`
  }
  return text === '' ? 'the document' : text
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => fieldOf(value, step), document)
}
