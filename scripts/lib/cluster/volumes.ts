import { z } from 'zod'

import type { Kubernetes } from './kubernetes.ts'
import type { Shell } from './shell.ts'
import type { Step } from './story.ts'

const NAMESPACE = 'nowcast'
const CLAIMS = 'persistentvolumeclaims'

const claim = z.looseObject({
  spec: z.looseObject({
    resources: z.looseObject({ requests: z.looseObject({ storage: z.string() }) }),
  }),
})

/** The disks that hold data, one line each. */
export async function claimsOf(cluster: Kubernetes): Promise<string[]> {
  const claims = await cluster.list(CLAIMS, NAMESPACE)
  return claims.map((each) => {
    const { storage } = claim.parse(each).spec.resources.requests
    return `  ${each.metadata.name}, ${storage}`
  })
}

/** Deletes them. The operators leave them behind on purpose, and a deleted cluster would leave them in the project. */
export function removedClaims(shell: Shell, cluster: Kubernetes): Step {
  return {
    already: async () => (await cluster.list(CLAIMS, NAMESPACE)).length === 0,
    async act() {
      await shell.change()`kubectl --context ${cluster.context} delete ${CLAIMS} --all --namespace ${NAMESPACE} --wait --timeout 10m`
    },
  }
}
