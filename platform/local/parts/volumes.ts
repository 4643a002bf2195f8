import path from 'node:path'
import type { ServiceManifest } from '../manifests/inventory.ts'
import type { Lookup } from './lookup.ts'
import type { Mounted } from './mounts.ts'

/** What a Service's mounts hold, paths relative to the container's root. What is missing goes to the lookup. */
export function mountedBy({ mounts }: ServiceManifest, lookup: Lookup): Mounted {
  const files = new Map<string, string>()
  const folders = new Set<string>()
  for (const { mountPath, subPath, source } of mounts) {
    const at = inContainer(mountPath)
    if (source.kind === 'emptyDir') {
      folders.add(at)
      continue
    }
    const who = `the volume at ${mountPath}`
    const keys = lookup.keys(who, source)
    if (keys === undefined) continue
    const volume = new Map<string, string>()
    for (const item of source.items ?? keys.map((key) => ({ key, path: key }))) {
      const text = lookup.value(who, source, item.key)
      if (text !== undefined) volume.set(inContainer(item.path), text)
    }
    const shown = subPath === undefined ? volume : below(volume, inContainer(subPath))
    for (const [name, text] of shown) files.set(path.posix.join(at, name), text)
    if (shown.size === 0 && subPath !== undefined && !source.optional) {
      lookup.problem(
        `${who} shows "${subPath}" of ${source.kind} ${source.name}, which has no such file`,
      )
    }
  }
  return { files, folders }
}

/** A path of the container, from its root, without a slash at either end; `..` does not lead out of it. */
export function inContainer(text: string): string {
  return path.posix.normalize(`/${text}`).replace(/^\/+|\/+$/g, '')
}

/** What a subPath shows: one file (under no name of its own) or the files of a folder. */
function below(volume: ReadonlyMap<string, string>, subPath: string): Map<string, string> {
  const shown = new Map<string, string>()
  for (const [name, text] of volume) {
    if (name === subPath) shown.set('', text)
    else if (name.startsWith(`${subPath}/`)) shown.set(name.slice(subPath.length + 1), text)
  }
  return shown
}
