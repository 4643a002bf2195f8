#!/usr/bin/env zx
// Takes away what bootstrap made, in the other direction. Data goes only with consent: somebody's at the terminal, or
// `--yes`. `--keep-data` leaves Kafka, MongoDB and Elasticsearch running, with their operators, and the cluster.
import process from 'node:process'

import { askConsent } from './lib/cluster/consent.ts'
import { contextOf, deletedCluster, isThere, placeOf, remains } from './lib/cluster/gke.ts'
import { openKubernetes } from './lib/cluster/kubernetes.ts'
import { uninstalled } from './lib/cluster/operators.ts'
import { teardownOptions, tell } from './lib/cluster/options.ts'
import { foundationRemoved, removed, renderOverlay } from './lib/cluster/parts.ts'
import { openShell } from './lib/cluster/shell.ts'
import { openStory } from './lib/cluster/story.ts'
import { kafkaSink, operators } from './lib/cluster/versions.ts'
import { claimsOf, removedClaims } from './lib/cluster/volumes.ts'

const options = teardownOptions(import.meta.url)

await tell(async () => {
  const shell = openShell(options.dryRun === true, console.log)
  const { step } = openStory(shell, console.log, options)
  const place = options.context === undefined ? await placeOf(shell, options) : undefined
  const cluster = openKubernetes(shell, options.context ?? contextOf(await placeOf(shell, options)))
  const overlay = await renderOverlay(shell, options.overlay)
  const keepData = options.keepData === true
  const keepOperators = keepData || options.keepOperators === true

  if (place === undefined || (await isThere(shell, place))) {
    const claims = keepData || shell.isDryRun ? [] : await claimsOf(cluster)
    if (!keepData && !shell.isDryRun && options.yes !== true) {
      const all = place === undefined ? '' : `, and the whole cluster ${place.cluster}`
      const question = `This deletes Nowcast from ${cluster.context}, its credentials${all}, and this data:\n${claims.join('\n') || '  none'}`
      await askConsent({ input: process.stdin, output: process.stdout }, question, options.cluster)
    }

    await step('functions', removed(cluster, overlay.functions))
    await step(kafkaSink.name, uninstalled(shell, cluster, kafkaSink))
    if (!keepData) {
      await step('elk', removed(cluster, overlay.elk))
      await step('mongodb', removed(cluster, overlay.mongodb))
      await step('kafka', removed(cluster, overlay.kafka))
      await step('disks', removedClaims(shell, cluster))
    }
    if (!keepOperators) {
      await step('knative', removed(cluster, overlay.knative))
      for (const operator of Object.values(operators).toReversed()) {
        await step(operator.name, uninstalled(shell, cluster, operator))
      }
    }
    if (!keepData) {
      await step('namespace', foundationRemoved(shell, cluster, overlay))
      if (place !== undefined) await step('cluster', deletedCluster(shell, place))
    }
  }

  if (place !== undefined && !shell.isDryRun) {
    const left = await remains(shell, place)
    console.log(left.length === 0 ? '\nNothing is left in the project.' : '\nLeft in the project:')
    for (const line of left) console.log(`  ${line}`)
  }
})
