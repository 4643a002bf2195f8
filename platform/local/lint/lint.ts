import { byPlace } from '../manifests/problems.ts'
import type { Problem } from '../manifests/problems.ts'
import { inspectManifests } from '../manifests/read.ts'
import { faultsOfAddresses } from './addresses.ts'
import { faultsOfCopies } from './copies.ts'
import { faultsOfDelivery } from './delivery.ts'
import { faultsOfGroups } from './groups.ts'
import { faultsOfRetention } from './retention.ts'

/** What was looked at, and everything wrong with it. */
export interface Lint {
  readonly documents: number
  /** By file and line. */
  readonly problems: readonly Problem[]
}

/**
 * Checks the manifests of a folder: everything that would stop a start, and what would run and lose events some day.
 * The latter is told only when every document can be read, since one that cannot may be what is missing.
 */
export async function lintManifests(folder: string): Promise<Lint> {
  const { entries, problems, isWhole } = await inspectManifests(folder)
  const rules = [
    faultsOfAddresses,
    faultsOfCopies,
    faultsOfDelivery,
    faultsOfGroups,
    faultsOfRetention,
  ]
  const found = isWhole ? rules.flatMap((rule) => rule(entries)) : []
  return { documents: entries.length, problems: [...problems, ...found].toSorted(byPlace) }
}
