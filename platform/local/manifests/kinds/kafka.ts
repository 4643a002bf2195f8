import { z } from 'zod'
import { ignored, refused } from '../fields.ts'
import { defineKind } from '../kind.ts'
import { header } from '../shapes/api-version.ts'
import { plainMetadata, status } from '../shapes/metadata.ts'

const SIZE = 'checked against the schema of the CRD, not simulated'
const OPERATOR = 'no operator runs on a laptop'
const OPEN = 'the embedded log listens on loopback, without credentials'
const POOLS = 'moved to KafkaNodePool; declare one with the label strimzi.io/cluster'

const listener = z.strictObject({
  name: z.string().regex(/^[a-z0-9]{1,11}$/, {
    error: 'is no name of a listener; write at most 11 lower-case letters and digits',
  }),
  port: z.int().min(9092).max(65_535),
  type: z.enum([
    'internal',
    'cluster-ip',
    'loadbalancer',
    'nodeport',
    'route',
    'tlsroute',
    'ingress',
  ]),
  tls: z.boolean(),
  authentication: ignored(OPEN),
  configuration: ignored(OPEN),
  networkPolicyPeers: ignored(OPEN),
})

export const kafka = defineKind({
  kind: 'Kafka',
  apiVersion: 'kafka.strimzi.io/v1',
  meaning: "the embedded log under this Kafka's bootstrap name, and its CA Secret",
  schema: z.strictObject({
    ...header('Kafka', 'kafka.strimzi.io/v1'),
    metadata: plainMetadata,
    spec: z.strictObject({
      kafka: z.strictObject({
        listeners: z.array(listener).min(1),
        version: ignored('the embedded log has no version'),
        metadataVersion: ignored('the embedded log has no version'),
        authorization: ignored('the embedded log has no access control'),
        config: ignored(SIZE, z.record(z.string(), z.unknown())),
        replicas: refused(POOLS),
        storage: refused(POOLS),
        resources: refused(POOLS),
        rack: ignored('a laptop is one rack'),
        image: ignored(SIZE),
        brokerRackInitImage: ignored(SIZE),
        livenessProbe: ignored(SIZE),
        readinessProbe: ignored(SIZE),
        jvmOptions: ignored(SIZE),
        jmxOptions: ignored(SIZE),
        metricsConfig: ignored(OPERATOR),
        logging: ignored(OPERATOR),
        template: ignored(OPERATOR),
        tieredStorage: ignored(SIZE),
        quotas: ignored('the embedded log slows nobody down'),
      }),
      entityOperator: ignored(OPERATOR),
      clusterCa: ignored('a laptop needs no certificates'),
      clientsCa: ignored('a laptop needs no certificates'),
      cruiseControl: ignored(OPERATOR),
      kafkaExporter: ignored(OPERATOR),
      maintenanceTimeWindows: ignored(OPERATOR),
      zookeeper: refused('Kafka keeps its own metadata (KRaft); remove it'),
    }),
    status,
  }),
  read({ spec }, place, complain) {
    const { listeners } = spec.kafka
    for (const [index, { port }] of listeners.entries()) {
      if (listeners.findIndex((other) => other.port === port) === index) continue
      const path = ['spec', 'kafka', 'listeners', index, 'port']
      complain(
        path,
        `spec.kafka.listeners[${index}].port is ${port}, as another listener's is; give it its own`,
      )
    }
    return {
      manifest: {
        kind: 'Kafka',
        ...place,
        listeners: listeners.map(({ name, port, tls }) => ({ name, port, tls })),
      },
      needs: [],
    }
  },
})
