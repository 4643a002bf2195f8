import { z } from 'zod'
import { ignored, refused } from '../fields.ts'
import { defineKind } from '../kind.ts'
import { header } from '../shapes/api-version.ts'
import { bootstrapServers, needsOfBootstrap } from '../shapes/bootstrap.ts'
import {
  freeAnnotations,
  freeLabels,
  hostName,
  metadata,
  objectName,
  status,
} from '../shapes/metadata.ts'

const OWN_TOPIC = 'a topic made by a sink is deleted with it; declare a KafkaTopic instead'

export const kafkaSink = defineKind({
  kind: 'KafkaSink',
  apiVersion: 'eventing.knative.dev/v1alpha1',
  meaning: 'an address that writes the events it gets to a topic',
  schema: z.strictObject({
    ...header('KafkaSink', 'eventing.knative.dev/v1alpha1'),
    metadata: metadata({ name: hostName, labels: freeLabels, annotations: freeAnnotations }),
    spec: z.strictObject({
      topic: z.string().min(1),
      bootstrapServers,
      contentMode: z.enum(['binary', 'structured']).default('binary'),
      numPartitions: refused(OWN_TOPIC),
      replicationFactor: refused(OWN_TOPIC),
      auth: ignored(
        'the embedded log needs no credentials; the Secret must exist all the same',
        z.strictObject({
          secret: z.strictObject({ ref: z.strictObject({ name: objectName }) }),
        }),
      ),
    }),
    status,
  }),
  read({ spec }, place) {
    const { namespace } = place
    const secret = spec.auth?.secret.ref.name
    return {
      manifest: {
        kind: 'KafkaSink',
        ...place,
        topic: spec.topic,
        bootstrapServers: spec.bootstrapServers,
        contentMode: spec.contentMode,
      },
      needs: [
        { kind: 'topic', topic: spec.topic, path: ['spec', 'topic'] },
        ...needsOfBootstrap(spec.bootstrapServers, namespace, ['spec', 'bootstrapServers']),
        ...(secret === undefined
          ? []
          : [
              {
                kind: 'Secret' as const,
                namespace,
                name: secret,
                key: 'protocol',
                path: ['spec', 'auth', 'secret', 'ref', 'name'],
              },
            ]),
      ],
    }
  },
})
