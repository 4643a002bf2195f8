import { describe, expect, it } from '@jest/globals'

import type { KubernetesObject } from '../../../../scripts/lib/cluster/objects.ts'
import { lacks, readinessOf } from '../../../../scripts/lib/cluster/readiness.ts'

function object(apiVersion: string, kind: string, rest: object = {}): KubernetesObject {
  return { apiVersion, kind, metadata: { name: 'a', namespace: 'n', generation: 2 }, ...rest }
}

const ready = (status: string, message?: string): object => ({
  status: { observedGeneration: 2, conditions: [{ type: 'Ready', status, message }] },
})

describe('what an object lacks', () => {
  it.each([
    ['a ready Kafka', object('kafka.strimzi.io/v1', 'Kafka', ready('True')), undefined],
    [
      'a Kafka that says why',
      object('kafka.strimzi.io/v1', 'Kafka', ready('False', 'no disk')),
      'no disk',
    ],
    ['a new Kafka', object('kafka.strimzi.io/v1', 'Kafka'), 'says nothing yet'],
    [
      'a Service changed since it was ready',
      object('serving.knative.dev/v1', 'Service', {
        status: { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] },
      }),
      'has not seen its newest description yet',
    ],
    [
      'a running MongoDBCommunity',
      object('mongodbcommunity.mongodb.com/v1', 'MongoDBCommunity', {
        status: { phase: 'Running' },
      }),
      undefined,
    ],
    [
      'a pending MongoDBCommunity',
      object('mongodbcommunity.mongodb.com/v1', 'MongoDBCommunity', {
        status: { phase: 'Pending' },
      }),
      'phase is Pending',
    ],
    [
      'an Elasticsearch of one node',
      object('elasticsearch.k8s.elastic.co/v1', 'Elasticsearch', { status: { health: 'yellow' } }),
      undefined,
    ],
    [
      'a red Elasticsearch',
      object('elasticsearch.k8s.elastic.co/v1', 'Elasticsearch', { status: { health: 'red' } }),
      'health is red',
    ],
    [
      'a Deployment half there',
      object('apps/v1', 'Deployment', { spec: { replicas: 2 }, status: { availableReplicas: 1 } }),
      '1 of 2 available',
    ],
    ["the cluster's own Service", object('v1', 'Service'), undefined],
  ])('%s', (_what, found, lack) => {
    expect(lacks(found)).toBe(lack)
  })
})

describe('readiness', () => {
  it('counts what is ready and names what is not there, whichever version is served', () => {
    const wanted = [object('kafka.strimzi.io/v1', 'Kafka'), object('v1', 'ConfigMap')]
    const found = [object('kafka.strimzi.io/v1beta2', 'Kafka', ready('True'))]
    expect(readinessOf(wanted, found)).toEqual({
      ready: 1,
      of: 2,
      missing: ['ConfigMap a: is not there'],
    })
  })
})
