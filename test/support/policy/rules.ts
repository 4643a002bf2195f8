import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'
import {
  type Credentials,
  connectionsAreGuarded,
  nothingIsPublic,
  predictIsInside,
  rightsAreNarrow,
  sourcesLoseNothing,
} from './of-connections.ts'
import {
  imagesArePinned,
  nobodyIsPrivileged,
  nobodyIsRoot,
  probesAreThere,
  resourcesAreSaid,
  rootIsReadOnly,
  secretsAreElsewhere,
} from './of-containers.ts'
import { copiesStandApart, namespaceIsRestricted, onlyOneMayLeave } from './of-nodes.ts'
import type { Rule } from './rule.ts'

const list = z.array(
  z.looseObject({ name: z.string(), keys: z.record(z.string(), z.unknown()).default({}) }),
)

/** Keys by Secret, of `platform/secrets.yaml`. */
function readCredentials(): Credentials {
  const file = fileURLToPath(new URL('../../../platform/secrets.yaml', import.meta.url))
  const entries = list.parse(parse(readFileSync(file, 'utf8')))
  return new Map(entries.map(({ name, keys }) => [name, keys]))
}

/** What holds of every overlay. */
export const RULES: readonly Rule[] = [
  nobodyIsRoot,
  rootIsReadOnly,
  nobodyIsPrivileged,
  resourcesAreSaid,
  probesAreThere,
  nothingIsPublic,
  connectionsAreGuarded(readCredentials()),
  rightsAreNarrow,
  secretsAreElsewhere,
  sourcesLoseNothing,
  imagesArePinned,
  predictIsInside,
  onlyOneMayLeave,
  copiesStandApart,
  namespaceIsRestricted,
]
