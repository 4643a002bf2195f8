import { CommandFailure } from '../failure.ts'
import { render } from './kubernetes.ts'
import type { Kubernetes } from './kubernetes.ts'
import { parseObject } from './objects.ts'
import type { KubernetesObject } from './objects.ts'
import type { Shell } from './shell.ts'
import type { Step } from './story.ts'

/** The parts of an overlay in the order in which they are applied; teardown goes the other way. */
export const PARTS = ['gke', 'knative', 'kafka', 'mongodb', 'elk', 'functions'] as const
type PartName = (typeof PARTS)[number]

/** A part of an overlay: a folder that kustomize builds. */
export interface Part {
  readonly name: PartName
  readonly objects: readonly KubernetesObject[]
}

export type Overlay = Readonly<Record<PartName, Part>>

/** What only Google's clusters have. Elsewhere a part does without. */
const GOOGLE_KINDS = ['StorageClass', 'ComputeClass']
const BEFORE_THEIR_OWNER = ['KafkaTopic', 'KafkaUser']
/** Disks and machines come one after the other. */
const PART_DEADLINE_MINUTES = 20
const GOOGLE_DISKS = 'pd.csi.storage.gke.io'

/** Builds every part of an overlay. Throws when one cannot be built. */
export async function renderOverlay(shell: Shell, overlay: string): Promise<Overlay> {
  const part = async (name: PartName): Promise<Part> => ({
    name,
    objects: await render(shell, `platform/overlays/${overlay}/${name}`),
  })
  const [gke, knative, kafka, mongodb, elk, functions] = await Promise.all([
    part('gke'),
    part('knative'),
    part('kafka'),
    part('mongodb'),
    part('elk'),
    part('functions'),
  ])
  return { gke, knative, kafka, mongodb, elk, functions }
}

/** A part as a step: applied unless the cluster has just this, then awaited, every object of it. */
export function applied(cluster: Kubernetes, part: Part | (() => Promise<Part>)): Step {
  const objects = async (): Promise<readonly KubernetesObject[]> =>
    (typeof part === 'function' ? await part() : part).objects
  return {
    already: async () => cluster.isApplied(await objects()),
    act: async () => cluster.apply(await objects()),
    missing: async () => missingOf(cluster, await objects()),
    deadlineMinutes: PART_DEADLINE_MINUTES,
  }
}

/** A part as a step backwards: what is there of it is deleted and awaited. */
export function removed(
  cluster: Kubernetes,
  { objects }: Part,
): Step & Required<Pick<Step, 'already'>> {
  // Strimzi lets go of topics and users only while their Kafka runs.
  const first = objects.filter(({ kind }) => BEFORE_THEIR_OWNER.includes(kind))
  const rest = objects.filter(({ kind }) => !BEFORE_THEIR_OWNER.includes(kind))
  return {
    already: async () => (await cluster.found(objects)).length === 0,
    async act() {
      await cluster.remove(first, PART_DEADLINE_MINUTES)
      await cluster.remove(rest, PART_DEADLINE_MINUTES)
    },
  }
}

/** The namespace, and on Google's clusters the classes of disks and machines. */
export function foundation(shell: Shell, cluster: Kubernetes, { gke }: Overlay): Step {
  return applied(cluster, () => chosen(shell, cluster, gke))
}

/** The same, taken away. */
export function foundationRemoved(shell: Shell, cluster: Kubernetes, { gke }: Overlay): Step {
  return {
    already: async () => removed(cluster, await chosen(shell, cluster, gke)).already(),
    act: async () => removed(cluster, await chosen(shell, cluster, gke)).act(),
  }
}

async function chosen(shell: Shell, cluster: Kubernetes, gke: Part): Promise<Part> {
  if (await isGoogles(shell, cluster)) return gke
  return { ...gke, objects: gke.objects.filter(({ kind }) => !GOOGLE_KINDS.includes(kind)) }
}

async function missingOf(
  cluster: Kubernetes,
  objects: readonly KubernetesObject[],
): Promise<string | undefined> {
  const { ready, of, missing } = await cluster.readiness(objects)
  return missing.length === 0 ? undefined : `${ready} of ${of} ready; ${missing[0] ?? ''}`
}

async function isGoogles(shell: Shell, { context }: Kubernetes): Promise<boolean> {
  // A dry run asks no cluster: it shows the whole.
  if (shell.isDryRun) return true
  const drivers = await shell.ask`kubectl --context ${context} get csidrivers -o name`
  return drivers.includes(GOOGLE_DISKS)
}

/** Storage classes that an overlay names and a cluster without Google's disks has to bring along. */
export async function refuseMissingClasses(
  shell: Shell,
  cluster: Kubernetes,
  overlay: Overlay,
): Promise<void> {
  if (await isGoogles(shell, cluster)) return
  const have = await shell.ask`kubectl --context ${cluster.context} get storageclasses -o name`
  const names = have.split('\n').map((line) => line.replace(/^.*\//, ''))
  const wanted = PARTS.flatMap((name) => overlay[name].objects.flatMap(classesIn))
  const missing = [...new Set(wanted)].filter((name) => !names.includes(name))
  if (missing.length === 0) return
  throw new CommandFailure(
    `the cluster has no storage class ${missing.join(', ')}; make it, or use --overlay dev, which takes the default class`,
  )
}

/** Every storage class named in a document: Strimzi calls the field `class`, all others `storageClassName`. */
function classesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([field, inner]: [string, unknown]) =>
    (field === 'class' || field === 'storageClassName') && typeof inner === 'string'
      ? [inner]
      : classesIn(inner),
  )
}

/** The part with the functions' image, which manifests call by its bare name, in place of that name. */
export function withImage(part: Part, name: string, image: string): Part {
  return { ...part, objects: part.objects.map((each) => replaceImage(each, name, image)) }
}

function replaceImage(each: KubernetesObject, name: string, image: string): KubernetesObject {
  const text = JSON.stringify(each, (field: string, value: unknown) =>
    field === 'image' && value === name ? image : value,
  )
  return parseObject(text)
}
