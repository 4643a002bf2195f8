import { describe, expect, it } from '@jest/globals'
import { kafkaTopic } from '../../../../../platform/local/manifests/kinds/kafka-topic.ts'
import { readKind, readOne } from '../../../../support/parse-kind.ts'

const topic = (spec: string): string => `
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: { name: observations, namespace: ml, labels: { strimzi.io/cluster: log, team: a } }
spec: ${spec}
`

describe('KafkaTopic', () => {
  it("takes Kafka's defaults for what is not set", () => {
    expect(readOne('KafkaTopic', kafkaTopic, topic('{}'))).toEqual({
      kind: 'KafkaTopic',
      namespace: 'ml',
      name: 'observations',
      file: 'a.yaml',
      line: 1,
      topic: 'observations',
      partitions: 1,
      retentionMs: 604_800_000,
      maxMessageBytes: 1_048_588,
    })
  })

  it('reads settings written as numbers and as text', () => {
    const read = readOne(
      'KafkaTopic',
      kafkaTopic,
      topic(
        '{ topicName: Obs.1, partitions: 5, replicas: 3, config: { retention.ms: "60000", max.message.bytes: 10, min.insync.replicas: 2, cleanup.policy: delete } }',
      ),
    )
    expect(read).toMatchObject({
      topic: 'Obs.1',
      partitions: 5,
      retentionMs: 60_000,
      maxMessageBytes: 10,
    })
  })

  it('keeps records for ever with retention.ms -1', () => {
    const read = readOne('KafkaTopic', kafkaTopic, topic('{ config: { retention.ms: -1 } }'))
    expect(read.retentionMs).toBeUndefined()
  })

  it('needs the Kafka its label names', () => {
    expect(readKind(kafkaTopic, topic('{}'))[0]?.needs).toEqual([
      expect.objectContaining({ kind: 'cluster', cluster: 'log', namespace: 'ml' }),
    ])
  })

  it.each([
    [
      '{ config: { cleanup.policy: compact } }',
      'spec.config["cleanup.policy"] is not "delete"; write delete: the embedded log does not compact',
    ],
    [
      '{ config: { retention.msec: 1 } }',
      'spec.config["retention.msec"] is not a field; did you mean "retention.ms"?',
    ],
    [
      '{ config: { retention.ms: soon } }',
      'spec.config["retention.ms"] is "soon"; write a whole number, at least -1',
    ],
    [
      '{ config: { retention.ms: -2 } }',
      'spec.config["retention.ms"] is -2; write a whole number, at least -1',
    ],
    ['{ partitions: 1.5 }', 'spec.partitions is a number; write a whole number'],
    ['{ partitions: "5" }', 'spec.partitions is text; write a number'],
    ['{ replicas: 0 }', 'spec.replicas is 0; write at least 1'],
    [
      '{ topicName: a b }',
      'spec.topicName is no name of a topic; write at most 249 letters, digits, ".", "_" and "-"',
    ],
  ])('is refused with spec %s', (spec, message) => {
    expect(() => readKind(kafkaTopic, topic(spec))).toThrow(new Error(message))
  })
})
