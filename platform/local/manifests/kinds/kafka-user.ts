import { z } from 'zod'
import { ignored } from '../fields.ts'
import { defineKind } from '../kind.ts'
import { header } from '../shapes/api-version.ts'
import { needOfCluster, status, strimziMetadata } from '../shapes/metadata.ts'
import { needOfKey, secretKeyRef } from '../shapes/secret-key.ts'

const CERTIFICATES = 'of a client certificate, which a password does not need'
const OPEN = 'the embedded log has no access control'

const acl = z.strictObject({
  type: z.enum(['allow', 'deny']).optional(),
  host: z.string().optional(),
  resource: z.strictObject({
    type: z.enum(['topic', 'group', 'cluster', 'transactionalId']),
    name: z.string().optional(),
    patternType: z.enum(['literal', 'prefix']).optional(),
  }),
  operations: z
    .array(
      z.enum([
        'Read',
        'Write',
        'Create',
        'Delete',
        'Alter',
        'Describe',
        'ClusterAction',
        'AlterConfigs',
        'DescribeConfigs',
        'IdempotentWrite',
        'All',
      ]),
    )
    .min(1),
})

export const kafkaUser = defineKind({
  kind: 'KafkaUser',
  apiVersion: 'kafka.strimzi.io/v1',
  meaning: "the Secret the user operator writes under the user's name",
  schema: z.strictObject({
    ...header('KafkaUser', 'kafka.strimzi.io/v1'),
    metadata: strimziMetadata,
    spec: z.strictObject({
      authentication: z.strictObject({
        type: z.literal('scram-sha-512', {
          error: 'is not "scram-sha-512"; write it: a laptop makes no client certificates',
        }),
        password: z.strictObject({ valueFrom: secretKeyRef }).optional(),
        renewalDays: ignored(CERTIFICATES, z.int()),
        validityDays: ignored(CERTIFICATES, z.int()),
      }),
      authorization: ignored(
        OPEN,
        z.strictObject({ type: z.literal('simple'), acls: z.array(acl) }),
      ),
      quotas: ignored('the embedded log slows nobody down'),
      template: ignored('no operator runs on a laptop'),
    }),
    status,
  }),
  read({ metadata, spec }, place) {
    const reference = spec.authentication.password?.valueFrom.secretKeyRef
    const path = ['spec', 'authentication', 'password', 'valueFrom', 'secretKeyRef']
    return {
      manifest: {
        kind: 'KafkaUser',
        ...place,
        password: reference && { secret: reference.name, key: reference.key },
      },
      needs: [
        needOfCluster(metadata),
        ...(reference === undefined ? [] : needOfKey('Secret', place.namespace, reference, path)),
      ],
    }
  },
})
