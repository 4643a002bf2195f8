import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'

const container = z.looseObject({
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
})
const cronJob = z.looseObject({
  spec: z.looseObject({
    jobTemplate: z.looseObject({
      spec: z.looseObject({
        template: z.looseObject({
          spec: z.looseObject({ initContainers: z.array(container) }),
        }),
      }),
    }),
  }),
})
const jobStatus = z.looseObject({
  status: z
    .looseObject({
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    })
    .default({ conditions: [] }),
})

/** A dump's name: when it was begun, UTC. */
const DUMP = /^\d{4}-\d{2}-\d{2}T\d{6}Z$/
const BETWEEN_LOOKS_MS = 1_000

/** Throws unless this can be the name of a dump. */
export function checkDump(name: string): void {
  if (DUMP.test(name)) return
  throw new Error(
    `"${name}" is no name of a dump; write one as 2026-11-22T031700Z, or none to list them`,
  )
}

/** A Job, as JSON, of the CronJob that kubectl printed as JSON, for one dump; '' lists what there is. */
export function jobFor(printed: string, namespace: string, dump: string): string {
  const { spec } = cronJob.parse(JSON.parse(printed)).spec.jobTemplate
  const pod = spec.template.spec
  const initContainers = pod.initContainers.map((each) => ({
    ...each,
    env: each.env.map((entry) => (entry.name === 'BACKUP' ? { ...entry, value: dump } : entry)),
  }))
  return JSON.stringify({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { generateName: 'mongodb-restore-', namespace },
    spec: { ...spec, template: { ...spec.template, spec: { ...pod, initContainers } } },
  })
}

/**
 * Looks at a Job, as kubectl prints it, until it is over: whether it did its work. Rejects when that takes longer than
 * `timeoutMs`; the Job runs on.
 */
export async function ended(look: () => Promise<string>, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const { conditions } = jobStatus.parse(JSON.parse(await look())).status
    const over = conditions.filter(({ status }) => status === 'True').map(({ type }) => type)
    if (over.includes('Complete')) return true
    if (over.includes('Failed')) return false
    if (performance.now() > deadline) {
      throw new Error(
        `the job is not over after ${timeoutMs / 1_000} s, and runs on; look at it, or wait longer with --timeout`,
      )
    }
    await pause(BETWEEN_LOOKS_MS)
  }
}
