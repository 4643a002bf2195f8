import { z } from 'zod'
import { ignored } from '../fields.ts'
import { defineKind } from '../kind.ts'
import { header } from '../shapes/api-version.ts'
import { needOfCluster, status, strimziMetadata } from '../shapes/metadata.ts'

const SIZE = 'sizes are checked, not simulated'

const volume = z.strictObject({
  id: z.int().min(0).optional(),
  type: z.enum(['ephemeral', 'persistent-claim', 'jbod']),
  size: z.string().optional(),
  sizeLimit: z.string().optional(),
  class: z.string().optional(),
  deleteClaim: z.boolean().optional(),
  kraftMetadata: z.literal('shared').optional(),
  selector: z.record(z.string(), z.string()).optional(),
  volumeAttributesClass: z.string().optional(),
})

export const kafkaNodePool = defineKind({
  kind: 'KafkaNodePool',
  apiVersion: 'kafka.strimzi.io/v1',
  meaning: `understood, and not run on a laptop: ${SIZE}`,
  schema: z.strictObject({
    ...header('KafkaNodePool', 'kafka.strimzi.io/v1'),
    metadata: strimziMetadata,
    spec: z.strictObject({
      replicas: z.int().min(0).meta({ ignored: SIZE }),
      roles: z
        .array(z.enum(['controller', 'broker']))
        .min(1)
        .meta({ ignored: SIZE }),
      storage: volume.extend({ volumes: z.array(volume).optional() }).meta({ ignored: SIZE }),
      resources: ignored(SIZE),
      jvmOptions: ignored(SIZE),
      template: ignored('no operator runs on a laptop'),
    }),
    status,
  }),
  read: ({ metadata }, place) => ({
    manifest: { kind: 'Inert', ...place, of: 'KafkaNodePool' },
    needs: [needOfCluster(metadata)],
  }),
})
