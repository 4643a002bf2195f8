import { CommandFailure } from '../failure.ts'
import type { Shell } from './shell.ts'
import type { Step } from './story.ts'

/** A cluster of Google's: where it is, and of which mode. */
export interface Place {
  readonly project: string
  readonly region: string
  readonly cluster: string
}

const APIS = [
  'container.googleapis.com',
  'artifactregistry.googleapis.com',
  'cloudbuild.googleapis.com',
]

/** Three zones with a node each, more as pods need them. */
const STANDARD_NODES =
  '--machine-type e2-standard-4 --num-nodes 1 --enable-autoscaling --min-nodes 1 --max-nodes 3 --enable-dataplane-v2'.split(
    ' ',
  )

/** The name that gcloud gives a cluster's entry in the kubeconfig. */
export function contextOf({ project, region, cluster }: Place): string {
  return `gke_${project}_${region}_${cluster}`
}

/** The APIs of Google that the rest asks. */
export function enabledApis(shell: Shell, project: string): Step {
  return {
    async already() {
      const list =
        await shell.ask`gcloud services list --enabled --project ${project} --format ${'value(config.name)'}`
      return APIS.every((api) => list.split('\n').includes(api))
    },
    async act() {
      await shell.change()`gcloud services enable ${APIS} --project ${project}`
    },
  }
}

/**
 * A regional cluster on the regular channel, so Google upgrades it. Autopilot's, or a Standard one whose nodes are ours
 * to choose and to pay for.
 */
export function runningCluster(
  shell: Shell,
  { project, region, cluster }: Place,
  isStandard: boolean,
): Step {
  const where = ['--region', region, '--project', project]
  const status = (): Promise<string | undefined> => statusOf(shell, { project, region, cluster })
  return {
    already: async () => (await status()) !== undefined,
    async act() {
      const mode = isStandard ? ['create'] : ['create-auto']
      const nodes = isStandard ? STANDARD_NODES : []
      // Not waited for here: a run that is cut finds the cluster in the making and waits for it.
      await shell.change()`gcloud container clusters ${mode} ${cluster} ${where} --release-channel regular ${nodes} --async`
    },
    async missing() {
      const now = await status()
      if (now === 'RUNNING' || now === 'RECONCILING') return undefined
      if (now === 'ERROR' || now === 'DEGRADED') {
        throw new CommandFailure(
          `cluster ${cluster} is in state ${now}; see it in the console, then mend or delete it`,
        )
      }
      return `cluster ${cluster} is ${now ?? 'not listed yet'}`
    },
    deadlineMinutes: 30,
  }
}

/** The cluster's entry in the kubeconfig. */
export function knownContext(shell: Shell, place: Place): Step {
  const { project, region, cluster } = place
  return {
    async already() {
      const names = await shell.ask`kubectl config get-contexts -o name`
      return names.split('\n').includes(contextOf(place))
    },
    async act() {
      await shell.change()`gcloud container clusters get-credentials ${cluster} --region ${region} --project ${project}`
    },
  }
}

/** Whether the cluster exists, in whatever state. */
export async function isThere(shell: Shell, place: Place): Promise<boolean> {
  return shell.isDryRun || (await statusOf(shell, place)) !== undefined
}

/** How the cluster is deleted. */
export function deletedCluster(shell: Shell, place: Place): Step {
  return {
    async act() {
      const { project, region, cluster } = place
      await shell.change()`gcloud container clusters delete ${cluster} --region ${region} --project ${project} --quiet`
    },
  }
}

function statusOf(shell: Shell, { project, region, cluster }: Place): Promise<string | undefined> {
  return shell.find`gcloud container clusters describe ${cluster} --region ${region} --project ${project} --format ${'value(status)'}`
}

/** What in a project may still cost money: its disks, addresses and forwarding rules, one line each. */
export async function remains(shell: Shell, { project }: Place): Promise<string[]> {
  const lists = await Promise.all([
    shell.ask`gcloud compute disks list --project ${project} --format ${'value(name,sizeGb,zone.basename())'}`,
    shell.ask`gcloud compute addresses list --project ${project} --format ${'value(name,address,region.basename())'}`,
    shell.ask`gcloud compute forwarding-rules list --project ${project} --format ${'value(name,IPAddress,region.basename())'}`,
  ])
  const kinds = ['disk', 'address', 'load balancer']
  return lists.flatMap((list, index) =>
    list
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `${kinds[index] ?? ''}: ${line.replaceAll('\t', '  ')}`),
  )
}

/** Where the cluster is to be: in the project that is named, else in gcloud's own. Throws when there is neither. */
export async function placeOf(shell: Shell, options: Wish): Promise<Place> {
  const { region, cluster } = options
  const project =
    options.project ??
    (await shell.ask`gcloud config get-value project --quiet`).replace('(unset)', '')
  if (project !== '') return { project, region, cluster }
  throw new CommandFailure('no project is chosen; name it with --project', 2)
}

interface Wish {
  readonly project?: string
  readonly region: string
  readonly cluster: string
}
