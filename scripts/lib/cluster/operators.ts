import { z } from 'zod'

import type { Kubernetes } from './kubernetes.ts'
import type { KubernetesObject } from './objects.ts'
import type { Shell } from './shell.ts'
import type { Step } from './story.ts'
import type { Chart, Manifest, Operator } from './versions.ts'

const DEADLINE_MINUTES = 10
const VERSION_LABEL = 'app.kubernetes.io/version'

/** How an operator, or what else has a version in the table, is installed and upgraded. */
export function installed(shell: Shell, cluster: Kubernetes, operator: Operator): Step {
  return operator.kind === 'chart'
    ? chart(shell, cluster, operator)
    : manifest(shell, cluster, operator)
}

/** Whether an operator is there at its version. */
export async function isInstalled(
  shell: Shell,
  cluster: Kubernetes,
  operator: Operator,
): Promise<boolean> {
  return (await installed(shell, cluster, operator).already?.()) ?? false
}

/** How an operator is taken away, with the kinds it brought as far as they came with it. */
export function uninstalled(shell: Shell, cluster: Kubernetes, operator: Operator): Step {
  const { name, namespace } = operator
  const { context } = cluster
  const timeout = `${DEADLINE_MINUTES}m`
  if (operator.kind === 'manifest') {
    return {
      already: async () => (await cluster.found(deploymentsOf(operator))).length === 0,
      async act() {
        await shell.change()`kubectl --context ${context} delete --ignore-not-found --wait --timeout ${timeout} -f ${operator.url}`
      },
    }
  }
  return {
    already: async () => (await releasesOf(shell, context, operator)).length === 0,
    async act() {
      await shell.change()`helm uninstall ${name} --kube-context ${context} --namespace ${namespace} --wait --timeout ${timeout}`
    },
  }
}

function chart(shell: Shell, { context }: Kubernetes, operator: Chart): Step {
  const { name, namespace, version, repository } = operator
  const source = repository === undefined ? [] : ['--repo', repository]
  const values = Object.entries(operator.values).flatMap(([key, value]) => [
    '--set',
    `${key}=${value}`,
  ])
  return {
    async already() {
      const found = await releasesOf(shell, context, operator)
      return found.some((each) => each.status === 'deployed' && each.chart.endsWith(`-${version}`))
    },
    async act() {
      // Helm installs the kinds of a chart but never upgrades them, and an operator needs those of its own version.
      const kinds =
        await shell.change()`helm show crds ${operator.chart} ${source} --version ${version}`
      if (kinds !== '' || shell.isDryRun) {
        const shown = `# the kinds of ${name} ${version}`
        await shell.change({
          input: kinds,
          shown,
        })`kubectl --context ${context} apply --server-side --force-conflicts -f -`
      }
      await shell.change()`helm upgrade --install ${name} ${operator.chart} ${source} --version ${version} --kube-context ${context} --namespace ${namespace} --create-namespace --wait --timeout ${DEADLINE_MINUTES}m ${values}`
    },
    deadlineMinutes: DEADLINE_MINUTES,
  }
}

async function releasesOf(
  shell: Shell,
  context: string,
  { name, namespace }: Chart,
): Promise<{ chart: string; status: string }[]> {
  const answer =
    await shell.ask`helm list --kube-context ${context} --namespace ${namespace} --filter ${`^${name}$`} --output json`
  const list = z.array(z.looseObject({ chart: z.string(), status: z.string() }))
  return list.parse(JSON.parse(answer === '' ? '[]' : answer))
}

function manifest(shell: Shell, cluster: Kubernetes, operator: Manifest): Step {
  const deployments = deploymentsOf(operator)
  return {
    async already() {
      const [first = ''] = operator.deployments
      const found = await cluster.get('deployment', first, operator.namespace)
      return versionOf(found) === operator.version
    },
    async act() {
      await shell.change()`kubectl --context ${cluster.context} apply --server-side --force-conflicts -f ${operator.url}`
    },
    async missing() {
      return (await cluster.readiness(deployments)).missing[0]
    },
    deadlineMinutes: DEADLINE_MINUTES,
  }
}

export function deploymentsOf({ deployments, namespace }: Manifest): KubernetesObject[] {
  return deployments.map((name) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
  }))
}

/** Releases write their version with or without what their tag begins with. */
function versionOf(found: KubernetesObject | undefined): string | undefined {
  return found?.metadata.labels?.[VERSION_LABEL]?.replace(/^(knative-)?v/, '')
}
