import { posix } from 'node:path'
import { z } from 'zod'
import { pathText } from '../explain.ts'
import { honoured, ignored, refused } from '../fields.ts'
import type { ServiceManifest } from '../inventory.ts'
import type { Complain } from '../kind.ts'
import type { Need } from '../needs.ts'
import { objectName } from './metadata.ts'

const FLAG =
  'Knative refuses it unless a feature flag is on; write secret, configMap, projected or emptyDir'
const TOKEN = 'a laptop has no service accounts and no pods; remove it'
/** Places of the image itself: Knative refuses to mount over them. */
const RESERVED_PATHS = ['/', '/dev', '/dev/log', '/tmp', '/var', '/var/log']

const mode = ignored('files on a laptop belong to who started it', z.int())
const items = z
  .array(z.strictObject({ key: z.string().min(1), path: relativePath(), mode }))
  .optional()
const optional = z.boolean().optional()

const volume = z.strictObject({
  name: objectName,
  secret: z.strictObject({ secretName: objectName, items, optional, defaultMode: mode }).optional(),
  configMap: z.strictObject({ name: objectName, items, optional, defaultMode: mode }).optional(),
  projected: z
    .strictObject({
      defaultMode: mode,
      sources: z
        .array(
          z.strictObject({
            secret: z.strictObject({ name: objectName, items, optional }).optional(),
            configMap: z.strictObject({ name: objectName, items, optional }).optional(),
            serviceAccountToken: refused(TOKEN),
            downwardAPI: refused(TOKEN),
            clusterTrustBundle: refused(TOKEN),
          }),
        )
        .min(1),
    })
    .optional(),
  emptyDir: honoured(
    z.strictObject({
      medium: ignored('a folder on disk', z.string()),
      sizeLimit: ignored('sizes are not simulated'),
    }),
  ).optional(),
  persistentVolumeClaim: refused(FLAG),
  hostPath: refused(FLAG),
  csi: refused(FLAG),
  ephemeral: refused(FLAG),
  image: refused(FLAG),
})

const mount = z.strictObject({
  name: objectName,
  mountPath: z
    .string()
    .refine((path) => posix.isAbsolute(path), { error: 'is no absolute path; begin it with /' })
    .refine((path) => !RESERVED_PATHS.includes(posix.resolve(path)), {
      error: 'is a place Knative lets nobody mount over; choose a folder of its own',
    }),
  subPath: relativePath().optional(),
  readOnly: ignored('Knative mounts all but emptyDir read-only', z.boolean()),
  mountPropagation: refused('Knative refuses it; remove it'),
})

export const volumes = z.array(volume).default([])
export const volumeMounts = z.array(mount).default([])

type Mounts = ServiceManifest['mounts']
type Source = Mounts[number]['source']

/** The mounts of a container, each with what its volume holds. A projected volume gives one mount for each source. */
export function readMounts(
  written: z.output<typeof volumeMounts>,
  declared: z.output<typeof volumes>,
  paths: { readonly mounts: readonly PropertyKey[]; readonly volumes: readonly PropertyKey[] },
  complain: Complain,
): Mounts {
  complainOfVolumes(written, declared, paths.volumes, complain)
  return written.flatMap(({ name, mountPath, subPath }, index) => {
    const source = declared.find((each) => each.name === name)
    if (source === undefined) {
      const at = [...paths.mounts, index, 'name']
      complain(at, `${pathText(at)} is "${name}", no volume of this Service; add it to volumes`)
    }
    if (written.findIndex((other) => other.mountPath === mountPath) !== index) {
      const at = [...paths.mounts, index, 'mountPath']
      complain(at, `${pathText(at)} is ${mountPath} a second time; choose another folder`)
    }
    return source === undefined
      ? []
      : sourcesOf(source).map((each) => ({ mountPath, subPath, source: each }))
  })
}

function complainOfVolumes(
  mounts: z.output<typeof volumeMounts>,
  declared: z.output<typeof volumes>,
  path: readonly PropertyKey[],
  complain: Complain,
): void {
  for (const [index, each] of declared.entries()) {
    const at = [...path, index]
    if (declared.findIndex((other) => other.name === each.name) !== index) {
      complain(at, `${pathText(at)} is "${each.name}" a second time; rename one of them`)
    }
    if (!mounts.some(({ name }) => name === each.name)) {
      complain(at, `${pathText(at)} "${each.name}" is mounted nowhere; mount it or remove it`)
    }
    if (sourcesOf(each).length === 0) {
      complain(
        at,
        `${pathText(at)} holds nothing; give it secret, configMap, projected or emptyDir`,
      )
    }
  }
}

function sourcesOf(declared: z.output<typeof volume>): Source[] {
  const { secret, configMap, projected, emptyDir } = declared
  return [
    ...(secret === undefined ? [] : [sourceOf('Secret', secret.secretName, secret)]),
    ...(configMap === undefined ? [] : [sourceOf('ConfigMap', configMap.name, configMap)]),
    ...(projected?.sources.flatMap((each) => [
      ...(each.secret === undefined ? [] : [sourceOf('Secret', each.secret.name, each.secret)]),
      ...(each.configMap === undefined
        ? []
        : [sourceOf('ConfigMap', each.configMap.name, each.configMap)]),
    ]) ?? []),
    ...(emptyDir === undefined ? [] : [{ kind: 'emptyDir' as const }]),
  ]
}

function sourceOf(
  kind: 'Secret' | 'ConfigMap',
  name: string,
  rest: {
    items?: readonly { key: string; path: string }[] | undefined
    optional?: boolean | undefined
  },
): Source {
  const chosen = rest.items?.map(({ key, path }) => ({ key, path }))
  return { kind, name, items: chosen, optional: rest.optional ?? false }
}

/** What the volumes at a path need: all of an object, or the keys that become files. */
export function needsOfVolumes(
  declared: z.output<typeof volumes>,
  namespace: string,
  path: readonly PropertyKey[],
): Need[] {
  return declared.flatMap((each, index) =>
    sourcesOf(each).flatMap((source) => {
      if (source.kind === 'emptyDir' || source.optional) return []
      const { kind, name } = source
      const keys = source.items?.map(({ key }) => key) ?? [undefined]
      return keys.map((key) => ({ kind, namespace, name, key, path: [...path, index] }))
    }),
  )
}

function relativePath() {
  return z
    .string()
    .refine((path) => path !== '' && !posix.isAbsolute(path) && !path.split('/').includes('..'), {
      error: 'leads out of its folder; write a relative path without ".."',
    })
}
