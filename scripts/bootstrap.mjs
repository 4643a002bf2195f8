#!/usr/bin/env zx
// From nothing to a running Nowcast, in the seed system's order, by readiness. Run it again after a failure, a change
// of a manifest or of a version: what is so already is skipped. `--dry-run` says everything and does nothing.
import { openCredentials } from './lib/cluster/credentials.ts'
import { dashboards } from './lib/cluster/dashboards.ts'
import { contextOf, enabledApis, knownContext, placeOf, runningCluster } from './lib/cluster/gke.ts'
import { IMAGE_NAME, builtImage, namedImage } from './lib/cluster/image.ts'
import { openKubernetes } from './lib/cluster/kubernetes.ts'
import { installed } from './lib/cluster/operators.ts'
import { bootstrapOptions, tell } from './lib/cluster/options.ts'
import {
  applied,
  foundation,
  refuseMissingClasses,
  renderOverlay,
  withImage,
} from './lib/cluster/parts.ts'
import { openShell } from './lib/cluster/shell.ts'
import { openStory } from './lib/cluster/story.ts'
import { kafkaSink, operators } from './lib/cluster/versions.ts'

const STEPS = [
  'apis cluster context namespace'.split(' '),
  Object.values(operators).map(({ name }) => name),
  `credentials knative ${kafkaSink.name} kafka copies mongodb elk image functions dashboards`.split(
    ' ',
  ),
].flat()
const options = bootstrapOptions(import.meta.url, STEPS)

await tell(async () => {
  const shell = openShell(options.dryRun === true, console.log)
  const { step } = openStory(shell, console.log, options)
  const overlay = await renderOverlay(shell, options.overlay)
  let context = options.context

  if (context === undefined) {
    const place = await placeOf(shell, options)
    await step('apis', enabledApis(shell, place.project))
    await step('cluster', runningCluster(shell, place, options.standard === true))
    await step('context', knownContext(shell, place))
    context = contextOf(place)
  }
  const cluster = openKubernetes(shell, context)
  await refuseMissingClasses(shell, cluster, overlay)

  // The namespace comes before the operators: their charts put accounts and roles into the namespace they watch.
  await step('namespace', foundation(shell, cluster, overlay))
  for (const operator of Object.values(operators)) {
    await step(operator.name, installed(shell, cluster, operator))
  }

  // Passwords come before those who read them; copies of Kafka's certificate once Kafka has made it.
  const credentials = openCredentials('platform/secrets.yaml', cluster)
  await step('credentials', credentials.generated)
  await step('knative', applied(cluster, overlay.knative))
  await step(kafkaSink.name, installed(shell, cluster, kafkaSink))
  await step('kafka', applied(cluster, overlay.kafka))
  await step('copies', credentials.copied)
  await step('mongodb', applied(cluster, overlay.mongodb))
  await step('elk', applied(cluster, overlay.elk))

  const image =
    options.image === undefined
      ? builtImage(shell, () => placeOf(shell, options))
      : namedImage(options.image)
  await step('image', image)
  const functions = async () => withImage(overlay.functions, IMAGE_NAME, await image.reference())
  await step('functions', applied(cluster, functions))
  await step('dashboards', dashboards(shell, cluster, overlay.elk))
  if (shell.isDryRun || options.only !== undefined) return
  console.log(`\nNowcast runs on ${context}: npm run cluster:status says how it gets on.`)
})
