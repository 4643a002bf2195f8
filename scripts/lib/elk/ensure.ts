import type { Client, estypes } from '@elastic/elasticsearch'

import { isAbsent, isMissing, refusal } from './elasticsearch.ts'
import type { Report } from './report.ts'
import { revisionOf } from './revision.ts'

/** What `_meta` of a stored definition says of its maker. */
interface Mark extends Record<string, string> {
  readonly managed_by: string
  readonly revision: string
}

/** Something that Elasticsearch keeps under a name, with a `_meta` of ours. */
export interface Definition {
  /** For people. */
  readonly what: string
  /** What is to be stored, without its `_meta`. */
  readonly body: object
  /** The `_meta` of what is stored now; undefined when it has none. Rejects with 404 when nothing is stored. */
  meta(client: Client): Promise<estypes.Metadata | undefined>
  put(client: Client, mark: Mark): Promise<unknown>
  /** What is lost on a build without this feature. Undefined: nothing works without it. */
  readonly withoutIt?: string
}

/**
 * Stores a definition unless the same one is stored already, and answers whether it is there now and whether it was
 * written. A definition somebody changed by hand, but for its `_meta`, is left as it is until ours changes.
 */
export async function ensure(
  client: Client,
  report: Report,
  definition: Definition,
): Promise<{ there: boolean; written: boolean }> {
  const { what, body, withoutIt } = definition
  const mark: Mark = { managed_by: 'nowcast', revision: revisionOf(body) }
  try {
    const stored = await storedRevision(client, definition)
    if (stored === mark.revision) {
      report.note(what, 'already so')
      return { there: true, written: false }
    }
    await definition.put(client, mark)
    report.note(what, stored === undefined ? 'made' : 'changed')
    return { there: true, written: true }
  } catch (error) {
    if (withoutIt === undefined || !isMissing(error)) throw refusal(what, error)
    report.note(what, 'left out', `this Elasticsearch has no such feature: ${withoutIt}`)
    return { there: false, written: false }
  }
}

/** Undefined when nothing is stored; empty when what is stored is not ours. */
async function storedRevision(client: Client, definition: Definition): Promise<string | undefined> {
  try {
    const meta = await definition.meta(client)
    const revision: unknown = meta?.['revision']
    return typeof revision === 'string' ? revision : ''
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}
