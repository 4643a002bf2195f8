import { CommandFailure } from '../failure.ts'
import { parseAnswer, parseObjects, yamlOf } from './objects.ts'
import type { KubernetesObject } from './objects.ts'
import type { Readiness } from './readiness.ts'
import { readinessOf } from './readiness.ts'
import type { Shell } from './shell.ts'

/** The cluster behind one context of kubectl. */
export interface Kubernetes {
  readonly context: string
  /** Then nothing is changed, and nothing may be asked. */
  readonly isDryRun: boolean
  /** Whether what is described is what is there. */
  isApplied(objects: readonly KubernetesObject[]): Promise<boolean>
  apply(objects: readonly KubernetesObject[]): Promise<void>
  /** As `apply`, of what only `shown` may be seen. */
  applySecretly(
    objects: readonly KubernetesObject[],
    shown: string,
    hidden: readonly string[],
  ): Promise<void>
  /** Deletes what is there of it, and waits until it is gone. */
  remove(objects: readonly KubernetesObject[], deadlineMinutes: number): Promise<void>
  /** What is there of it. */
  found(objects: readonly KubernetesObject[]): Promise<KubernetesObject[]>
  readiness(objects: readonly KubernetesObject[]): Promise<Readiness>
  /**
   * The objects of a kind (`kafkausers.kafka.strimzi.io`) in a namespace, in all when none is named. None when the
   * cluster knows no such kind.
   */
  list(kind: string, namespace?: string): Promise<KubernetesObject[]>
  get(kind: string, name: string, namespace: string): Promise<KubernetesObject | undefined>
}

/** What bootstrap last said about a field, among others who write to the same object. */
const MANAGER = 'nowcast'

export function openKubernetes(shell: Shell, context: string): Kubernetes {
  const kubectl = ['kubectl', '--context', context]
  const apply = async (yaml: string, shown: string, hidden: readonly string[]): Promise<void> => {
    // Server-side: the API server merges by field owner, so nothing is lost of what operators and webhooks add.
    await shell.change({
      input: yaml,
      shown,
      hidden,
    })`${kubectl} apply --server-side --force-conflicts --field-manager ${MANAGER} -f -`
  }
  const found = async (objects: readonly KubernetesObject[]): Promise<KubernetesObject[]> => {
    const { code, stdout, stderr } = await shell.attempt(
      yamlOf(objects),
    )`${kubectl} get -f - -o json --ignore-not-found`
    // An object whose kind is not installed is as missing as one that is not there.
    if (code === 0 || /no matches for kind|NotFound/i.test(stderr)) {
      return parseAnswer(stdout, 'kubectl get')
    }
    throw new CommandFailure(`kubectl get failed on ${context}: ${stderr.trim()}`)
  }
  return {
    context,
    isDryRun: shell.isDryRun,
    async isApplied(objects) {
      const { code, stdout } = await shell.attempt(
        yamlOf(objects),
      )`${kubectl} diff --server-side --force-conflicts --field-manager ${MANAGER} -f -`
      // 1 is a difference, more a cluster that cannot compare yet: to apply says why, if there is a reason.
      return code === 0 || (code === 1 && isCountedOnly(stdout))
    },
    async apply(objects) {
      const yaml = yamlOf(objects)
      await apply(yaml, yaml, [])
    },
    async applySecretly(objects, shown, hidden) {
      await apply(yamlOf(objects), shown, hidden)
    },
    async remove(objects, deadlineMinutes) {
      if (objects.length === 0) return
      const input = yamlOf(objects)
      const shown = `# ${objects.length} objects`
      await shell.change({
        input,
        shown,
      })`${kubectl} delete --ignore-not-found --wait --timeout ${deadlineMinutes}m -f -`
    },
    found,
    async readiness(objects) {
      return readinessOf(objects, await found(objects))
    },
    async list(kind, namespace) {
      const where = namespace === undefined ? ['--all-namespaces'] : ['--namespace', namespace]
      const { code, stdout, stderr } =
        await shell.attempt()`${kubectl} get ${kind} ${where} -o json`
      if (code === 0) return parseAnswer(stdout, `kubectl get ${kind}`)
      if (/doesn't have a resource type/.test(stderr)) return []
      throw new CommandFailure(`kubectl get ${kind} failed on ${context}: ${stderr.trim()}`)
    },
    async get(kind, name, namespace) {
      const answer =
        await shell.ask`${kubectl} get ${kind} ${name} --namespace ${namespace} -o json --ignore-not-found`
      return parseAnswer(answer, `kubectl get ${kind} ${name}`)[0]
    },
  }
}

/**
 * Whether a difference is in nothing but the count of changes: an empty list is stored as none, so a document that has
 * one is counted as changed each time.
 */
function isCountedOnly(difference: string): boolean {
  const lines = difference.split('\n').filter((line) => /^[+-](?![+-]{2} )/.test(line))
  return lines.length > 0 && lines.every((line) => /^[+-] {2}generation: \d+$/.test(line))
}

/** What a folder of an overlay describes, as kustomize builds it; asks no cluster. */
export async function render(shell: Shell, folder: string): Promise<KubernetesObject[]> {
  const { code, stdout, stderr } = await shell.attempt()`kubectl kustomize ${folder}`
  if (code !== 0) throw new CommandFailure(`${folder} cannot be built: ${stderr.trim()}`)
  return parseObjects(stdout, folder)
}
