import { parse } from 'yaml'
import type { Manifest } from '../../platform/local/manifests/inventory.ts'
import type { Kind, Read } from '../../platform/local/manifests/kind.ts'

/** What a kind makes of a document. Throws what it refuses it for, one line a fault. */
export function readKind(kind: Kind, yaml: string): Read[] {
  const result = kind.parse(parse(yaml), { file: 'a.yaml', line: 1 })
  if ('reads' in result) return result.reads
  throw new Error(result.faults.map(({ message }) => message).join('\n'))
}

/** The one manifest of a document. */
export function readOne<K extends Manifest['kind']>(
  expected: K,
  kind: Kind,
  yaml: string,
): Extract<Manifest, { kind: K }> {
  const [read] = readKind(kind, yaml)
  if (read === undefined || !isOf(expected, read.manifest))
    throw new Error(`this is no ${expected}`)
  return read.manifest
}

function isOf<K extends Manifest['kind']>(
  kind: K,
  manifest: Manifest,
): manifest is Extract<Manifest, { kind: K }> {
  return manifest.kind === kind
}
