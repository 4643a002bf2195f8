#!/usr/bin/env zx
// How Nowcast gets on: what is ready, where it is reached, how far behind each group is, what disks it has, and what a
// month of it costs, roughly. Asks, and changes nothing.
import { contextOf, placeOf } from './lib/cluster/gke.ts'
import { openKubernetes } from './lib/cluster/kubernetes.ts'
import { statusOptions, tell } from './lib/cluster/options.ts'
import { renderOverlay } from './lib/cluster/parts.ts'
import { openShell } from './lib/cluster/shell.ts'
import { statusOf, statusText } from './lib/cluster/status.ts'

const options = statusOptions(import.meta.url)

await tell(async () => {
  const shell = openShell(false, console.log)
  const context = options.context ?? contextOf(await placeOf(shell, options))
  const cluster = openKubernetes(shell, context)
  const overlay = await renderOverlay(shell, options.overlay)
  const status = await statusOf(shell, cluster, overlay)
  console.log(options.json === true ? JSON.stringify(status, null, 2) : statusText(status))
})
