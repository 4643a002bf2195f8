import { expect, it } from '@jest/globals'

import { local } from './local.ts'
import { written } from './manifests.ts'

/** Kinds of Knative that no laptop runs, and what is said instead of them. */
const KINDS = [
  ['eventing.knative.dev/v1', 'Broker', 'a KafkaSource reads a topic and posts to a Service'],
  ['eventing.knative.dev/v1', 'Trigger', 'a KafkaSource reads a topic and posts to a Service'],
  ['eventing.knative.dev/v1', 'EventType', 'events need no registration'],
  ['eventing.knative.dev/v1alpha1', 'EventPolicy', 'everything on a laptop may reach everything'],
  ['eventing.knative.dev/v1alpha1', 'EventTransform', 'a KafkaSource reads a topic'],
  ['eventing.knative.dev/v1alpha1', 'RequestReply', 'a KafkaSink writes to a topic'],
  [
    'messaging.knative.dev/v1',
    'Channel',
    'a KafkaSink writes to a topic, and a KafkaSource reads it',
  ],
  ['messaging.knative.dev/v1', 'InMemoryChannel', 'a KafkaSink writes to a topic'],
  ['messaging.knative.dev/v1beta1', 'KafkaChannel', 'a KafkaSink writes to a topic'],
  ['messaging.knative.dev/v1', 'Subscription', 'a KafkaSource reads a topic'],
  ['flows.knative.dev/v1', 'Sequence', 'a KafkaSink writes to a topic'],
  ['flows.knative.dev/v1', 'Parallel', 'a KafkaSink writes to a topic'],
  ['sinks.knative.dev/v1alpha1', 'JobSink', 'a KafkaSource reads a topic'],
  ['sinks.knative.dev/v1alpha1', 'IntegrationSink', 'a KafkaSink writes to a topic'],
  ['sources.knative.dev/v1', 'SinkBinding', 'a Service finds its addresses in its own environment'],
  ['sources.knative.dev/v1', 'ContainerSource', 'a KafkaSource reads a topic'],
  ['sources.knative.dev/v1', 'ApiServerSource', 'a KafkaSource reads a topic'],
  ['sources.knative.dev/v1alpha1', 'IntegrationSource', 'a KafkaSource reads a topic'],
  ['serving.knative.dev/v1', 'Configuration', 'a serving.knative.dev/v1 Service brings its own'],
  ['serving.knative.dev/v1', 'Revision', 'a serving.knative.dev/v1 Service brings its own'],
  ['serving.knative.dev/v1', 'Route', 'a serving.knative.dev/v1 Service brings its own'],
  ['serving.knative.dev/v1beta1', 'DomainMapping', 'a Service is reached at'],
] as const

it('refuses every kind of Knative that it does not run, all at once, each with what stands in for it', async () => {
  const documents = KINDS.map(([apiVersion, kind]) => ({
    apiVersion,
    kind,
    metadata: { name: kind.toLowerCase() },
  }))
  const told: unknown = await local.deploy(written(documents)).catch((error: unknown) => error)
  const message = told instanceof Error ? told.message : ''
  for (const [, kind, standIn] of KINDS) {
    expect(message).toContain(`no laptop runs a ${kind}; ${standIn}`)
  }
})
