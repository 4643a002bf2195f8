import { z } from 'zod'
import { defineKind } from '../kind.ts'
import { header } from '../shapes/api-version.ts'
import { bootstrapServers, needsOfBootstrap } from '../shapes/bootstrap.ts'
import { delivery, readDelivery } from '../shapes/delivery.ts'
import { destination, needsOfDestination, readDestination } from '../shapes/destination.ts'
import { eventOverrides } from '../shapes/event-overrides.ts'
import { needsOfNet, net } from '../shapes/kafka-net.ts'
import { freeAnnotations, metadata, objectName, status } from '../shapes/metadata.ts'

const KEY_TYPE = 'kafkasources.sources.knative.dev/key-type'

const labels = z
  .object({ [KEY_TYPE]: z.enum(['string', 'int', 'float', 'byte-array']).optional() })
  .catchall(z.string().meta({ ignored: 'labels select nothing here' }))
  .optional()

export const kafkaSource = defineKind({
  kind: 'KafkaSource',
  apiVersion: 'sources.knative.dev/v1',
  meaning: 'a consumer group on topics that posts each record to its sink as a CloudEvent',
  schema: z.strictObject({
    ...header('KafkaSource', 'sources.knative.dev/v1'),
    metadata: metadata({ name: objectName, labels, annotations: freeAnnotations }),
    spec: z.strictObject({
      bootstrapServers,
      topics: z.array(z.string().min(1)).min(1),
      consumerGroup: z.string().min(1).optional(),
      consumers: z.int().min(0).default(1),
      initialOffset: z.enum(['earliest', 'latest']).default('latest'),
      ordering: z.enum(['ordered', 'unordered']).default('ordered'),
      delivery: delivery.optional(),
      sink: destination,
      ceOverrides: eventOverrides.optional(),
      net,
    }),
    status,
  }),
  read({ metadata: { labels: written }, spec }, place) {
    const { namespace } = place
    const sink = readDestination(spec.sink, namespace)
    const deliveryBlock = spec.delivery && readDelivery(spec.delivery, namespace)
    const deadLetterSink = deliveryBlock?.deadLetterSink
    return {
      manifest: {
        kind: 'KafkaSource',
        ...place,
        bootstrapServers: spec.bootstrapServers,
        topics: spec.topics,
        consumerGroup: spec.consumerGroup,
        consumers: spec.consumers,
        initialOffset: spec.initialOffset,
        ordering: spec.ordering,
        keyType: written?.[KEY_TYPE] ?? 'string',
        delivery: deliveryBlock,
        sink,
        extensions: spec.ceOverrides?.extensions ?? {},
      },
      needs: [
        ...spec.topics.map((topic, index) => ({
          kind: 'topic' as const,
          topic,
          path: ['spec', 'topics', index],
        })),
        ...needsOfBootstrap(spec.bootstrapServers, namespace, ['spec', 'bootstrapServers']),
        ...needsOfDestination(sink, ['spec', 'sink']),
        ...(deadLetterSink === undefined
          ? []
          : needsOfDestination(deadLetterSink, ['spec', 'delivery', 'deadLetterSink'])),
        ...(spec.net === undefined ? [] : needsOfNet(spec.net, namespace)),
      ],
    }
  },
})
