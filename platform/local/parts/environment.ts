import { rmSync } from 'node:fs'
import path from 'node:path'
import type { ServiceManifest } from '../manifests/inventory.ts'
import { expand } from './expand.ts'
import { createLookup } from './lookup.ts'
import type { Lookup } from './lookup.ts'
import { writeMounts } from './mounts.ts'
import type { Vault } from './vault.ts'
import { inContainer, mountedBy } from './volumes.ts'

/** What a container's process gets from its manifest. */
export interface ContainerEnvironment {
  readonly variables: Readonly<Record<string, string>>
  /** A text that is a path at or below one of the mounts, as the path it has on this machine; any other as it is. */
  readonly local: (text: string) => string
}

export interface EnvironmentNeeds {
  readonly vault: Vault
  readonly stateFolder: string
  /** Turns a value that names something the platform stands in for (`kafka://…`) into its address here. */
  readonly rewrite: (value: string) => string
  /** Containers that say nothing of it get `LOG_LEVEL=debug`: somebody wants to see every event. */
  readonly verbose?: boolean | undefined
}

/**
 * Resolves the environment of containers as Kubernetes does, at every start of one: `envFrom`, then `env`, `$(NAME)`
 * from what stands before it; and writes their volumes below `<stateFolder>/mounts/<namespace>.<service>`.
 *
 * The function throws one error with everything that is missing and who would provide it.
 */
export function openEnvironment(
  needs: EnvironmentNeeds,
): (manifest: ServiceManifest) => ContainerEnvironment {
  const mounts = path.join(needs.stateFolder, 'mounts')
  // An emptyDir begins empty and outlives its container, not its pod: here a pod lives as long as the platform.
  rmSync(mounts, { recursive: true, force: true })

  return (manifest) => {
    const lookup = createLookup(manifest, needs.vault)
    const declared = declaredBy(manifest, lookup)
    const mounted = mountedBy(manifest, lookup)
    lookup.finish()

    const root = path.join(mounts, `${manifest.namespace}.${manifest.name}`)
    writeMounts(root, mounted)
    const local = localPaths(manifest, root)
    const variables: Record<string, string> = needs.verbose ? { LOG_LEVEL: 'debug' } : {}
    for (const [name, value] of declared) variables[name] = local(needs.rewrite(value))
    return { variables, local }
  }
}

function declaredBy(manifest: ServiceManifest, lookup: Lookup): Map<string, string> {
  const declared = new Map<string, string>()
  for (const source of manifest.envFrom) {
    const who = 'envFrom'
    for (const key of lookup.keys(who, source) ?? []) {
      const value = lookup.value(who, source, key)
      if (value !== undefined) declared.set(source.prefix + key, value)
    }
  }
  for (const { name, value } of manifest.env) {
    const text =
      value.kind === 'literal'
        ? expand(value.text, Object.fromEntries(declared))
        : lookup.value(`env ${name}`, value, value.key)
    if (text !== undefined) declared.set(name, text)
  }
  return declared
}

function localPaths({ mounts }: ServiceManifest, root: string): (text: string) => string {
  const longestFirst = mounts
    .map(({ mountPath }) => `/${inContainer(mountPath)}`)
    .toSorted((a, b) => b.length - a.length)
  return (text) => {
    const mount = longestFirst.find((at) => text === at || text.startsWith(`${at}/`))
    return mount === undefined ? text : path.join(root, text)
  }
}
