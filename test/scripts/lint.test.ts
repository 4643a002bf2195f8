import { describe, expect, it } from '@jest/globals'

import { nowcast } from '../support/cli.ts'
import { manifestFolder } from '../support/manifest-folder.ts'

const SINK = (topic: string) => `apiVersion: eventing.knative.dev/v1alpha1
kind: KafkaSink
metadata: { name: orders }
spec: { topic: ${topic}, bootstrapServers: [kafka:9092] }
---
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: { name: orders }
spec: {}
`
const FAULT = 'KafkaSink orders: topic "order" has no KafkaTopic; did you mean "orders"?'
const SLOW_MS = 60_000

describe('nowcast lint', () => {
  it(
    'prints each problem with its file and line, and fails',
    async () => {
      const folder = await manifestFolder({ 'a.yaml': SINK('order') })
      expect(await nowcast(['lint', folder])).toEqual({
        code: 1,
        stdout: `a.yaml:4: ${FAULT}\n`,
        stderr: '1 problem in 1 file\n',
      })
      const json = await nowcast(['lint', folder, '--json'])
      expect(json.code).toBe(1)
      expect(JSON.parse(json.stdout)).toEqual([{ file: 'a.yaml', line: 4, message: FAULT }])
    },
    SLOW_MS,
  )

  it(
    'says how much it looked at when nothing is wrong',
    async () => {
      const folder = await manifestFolder({ 'a.yaml': SINK('orders') })
      expect(await nowcast(['lint', folder])).toEqual({
        code: 0,
        stdout: '2 manifests: nothing wrong\n',
        stderr: '',
      })
      expect((await nowcast(['lint', folder, '--json'])).stdout).toBe('[]\n')
    },
    SLOW_MS,
  )

  it(
    'says what is wrong with the folder itself',
    async () => {
      const empty = await manifestFolder({ 'notes.txt': '' })
      const none = await nowcast(['lint', empty])
      expect([none.code, none.stderr]).toEqual([
        2,
        `${empty} holds no manifest; name a folder with YAML files of Kubernetes kinds\n`,
      ])
      expect((await nowcast(['lint', '/no/such/folder'])).stderr).toBe(
        'there is no folder /no/such/folder: name one that holds manifests\n',
      )
      expect((await nowcast(['lint', '--help'])).stdout).toMatch(/^Usage: nowcast lint .*--json/s)
    },
    SLOW_MS,
  )
})
