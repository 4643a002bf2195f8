import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'

import { textOf } from '../support/cluster/cloud.ts'
import type { State } from '../support/cluster/cloud.ts'
import { bootstrapped, openStage } from '../support/cluster/script.ts'
import type { Stage } from '../support/cluster/script.ts'

const GOOGLE = ['--project', 'p']
/** Processes in turn, on machines that do other things beside. */
const LONG_MS = 120_000

let begin: State
let stage: Stage
beforeAll(async () => {
  begin = await bootstrapped()
}, LONG_MS)
beforeEach(async () => {
  stage = await openStage(begin)
})
afterEach(async () => {
  await stage.close()
})

function changes(): string[] {
  return stage.cloud.changes().map(textOf)
}

function kindsLeft(): string[] {
  return [...new Set([...stage.cloud.objects.values()].map(({ kind }) => kind))].toSorted()
}

describe('teardown', () => {
  it(
    'refuses to delete data when nobody is there to ask, and touches nothing',
    async () => {
      const { code, stderr } = await stage.run('teardown', ...GOOGLE)
      expect(code).toBe(2)
      expect(stderr).toContain('data-nowcast-brokers-0, 100Gi')
      expect(stderr).toContain('say --yes to delete the data, or --keep-data to keep it')
      expect(changes()).toEqual([])
    },
    LONG_MS,
  )

  it(
    'goes back the way bootstrap came, data and cluster too, and lists what is left',
    async () => {
      const { code, stderr, stdout } = await stage.run('teardown', '--yes', ...GOOGLE)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const steps = [...stdout.matchAll(/^(\S+) …$/gm)].map(([, name]) => name)
      const operators = 'eck-operator mongodb-kubernetes strimzi-kafka-operator knative-operator'
      expect(steps.join(' ')).toBe(
        `functions kafka-sink elk mongodb kafka disks knative ${operators} namespace cluster`,
      )
      expect(changes().at(-1)).toMatch(/^gcloud container clusters delete nowcast .* --quiet$/)
      expect(stdout).toContain('Left in the project:\n  disk: pvc-left  10  us-central1-a')
      expect(kindsLeft()).not.toContain('PersistentVolumeClaim')
    },
    LONG_MS,
  )

  it(
    'lets go of topics and users while their Kafka runs',
    async () => {
      await stage.run('teardown', '--yes', ...GOOGLE)
      const deletions = stage.cloud.changes().filter(({ words }) => words.includes('delete'))
      const kafka = deletions.findIndex(({ input }) => /^kind: Kafka$/m.test(input))
      const topics = deletions.findIndex(({ input }) => /^kind: KafkaTopic$/m.test(input))
      expect(topics).toBeGreaterThanOrEqual(0)
      expect(topics).toBeLessThan(kafka)
    },
    LONG_MS,
  )

  it(
    'keeps what holds data, with its operators and credentials, when asked to',
    async () => {
      const { code } = await stage.run('teardown', '--keep-data', ...GOOGLE)
      expect(code).toBe(0)
      expect(kindsLeft()).toEqual(
        expect.arrayContaining([
          'Elasticsearch',
          'Kafka',
          'MongoDBCommunity',
          'Namespace',
          'Secret',
        ]),
      )
      expect(kindsLeft()).not.toContain('KafkaSource')
      expect(changes().filter((text) => /helm|gcloud/.test(text))).toEqual([])
    },
    LONG_MS,
  )

  it(
    'has nothing to do the second time',
    async () => {
      await stage.run('teardown', '--yes', ...GOOGLE)
      const before = changes()
      const { code } = await stage.run('teardown', '--yes', ...GOOGLE)
      expect(code).toBe(0)
      expect(changes()).toEqual(before)
    },
    LONG_MS,
  )

  it(
    'prints every command in a dry run, and touches nothing',
    async () => {
      const { code, stdout } = await stage.run('teardown', '--dry-run', ...GOOGLE)
      expect(code).toBe(0)
      expect(stdout).toContain('$ gcloud container clusters delete nowcast')
      expect(stdout).toContain('$ helm uninstall eck-operator')
      expect(changes()).toEqual([])
    },
    LONG_MS,
  )

  it(
    "leaves operators that others use, and somebody else's cluster",
    async () => {
      const words = ['--context', 'gke_p_us-central1_nowcast', '--yes', '--keep-operators']
      const { code } = await stage.run('teardown', ...words)
      expect(code).toBe(0)
      expect(changes().filter((text) => /helm|gcloud|operator/.test(text))).toEqual([])
      expect(kindsLeft()).toContain('KnativeServing')
    },
    LONG_MS,
  )
})
