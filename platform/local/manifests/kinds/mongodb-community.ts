import { z } from 'zod'
import { ignored, refused } from '../fields.ts'
import type { MongoDBManifest } from '../inventory.ts'
import { type Complain, defineKind } from '../kind.ts'
import type { Need } from '../needs.ts'
import { header } from '../shapes/api-version.ts'
import {
  hostName,
  freeAnnotations,
  freeLabels,
  metadata,
  objectName,
  status,
} from '../shapes/metadata.ts'

const SIZE = 'sizes are checked against the schema of the CRD, not simulated'
const SERVER = 'the embedded database is one file, not a server'
const OPEN = 'the embedded database has no access control'

const secretName = z.strictObject({ name: objectName }).optional()

const user = z.strictObject({
  name: z.string().min(1),
  db: z.string().min(1).default('admin'),
  passwordSecretRef: z.strictObject({ name: objectName, key: z.string().default('password') }),
  roles: z.array(z.strictObject({ name: z.string(), db: z.string() })).meta({ ignored: OPEN }),
  scramCredentialsSecretName: objectName,
  connectionStringSecretName: objectName.optional(),
  connectionStringSecretNamespace: refused('the Secret is written beside the database; remove it'),
  connectionStringSecretAnnotations: ignored('notes for people and for a cluster'),
  additionalConnectionStringConfig: ignored(SERVER),
})
type User = z.output<typeof user>

const tls = z.strictObject({
  enabled: z.boolean(),
  optional: z.boolean().optional(),
  certificateKeySecretRef: secretName,
  caCertificateSecretRef: secretName,
  caConfigMapRef: secretName,
})

export const mongodbCommunity = defineKind({
  kind: 'MongoDBCommunity',
  apiVersion: 'mongodbcommunity.mongodb.com/v1',
  meaning: 'an embedded database, and the connection Secrets the operator writes',
  schema: z.strictObject({
    ...header('MongoDBCommunity', 'mongodbcommunity.mongodb.com/v1'),
    metadata: metadata({ name: hostName, labels: freeLabels, annotations: freeAnnotations }),
    spec: z.strictObject({
      type: z.literal('ReplicaSet'),
      members: ignored(SIZE, z.int().min(1)),
      version: ignored(
        SERVER,
        z.string().regex(/^\d+\.\d+\.\d+(-ent)?$/, {
          error: 'is no full version; write all three numbers, in quotes, e.g. "8.0.17"',
        }),
      ),
      featureCompatibilityVersion: ignored(SERVER, z.string()),
      users: z.array(user).min(1),
      security: z.strictObject({
        authentication: ignored(OPEN),
        roles: ignored(OPEN),
        tls: ignored('a file needs no TLS; the Secrets it names must exist all the same', tls),
      }),
      arbiters: ignored(SIZE),
      memberConfig: ignored(SIZE),
      statefulSet: ignored(SIZE),
      additionalMongodConfig: ignored(SERVER),
      additionalConnectionStringConfig: ignored(SERVER),
      agent: ignored(SERVER),
      automationConfig: ignored(SERVER),
      clusterDomain: ignored(SERVER),
      prometheus: ignored(SERVER),
      replicaSetHorizons: ignored(SERVER),
    }),
    status,
  }),
  read({ spec }, place, complain) {
    complainOfSharedSecrets(spec.users, complain)
    return {
      manifest: {
        kind: 'MongoDBCommunity',
        ...place,
        users: spec.users.map((each) => readUser(each, place.name)),
      },
      needs: [
        ...spec.users.map(({ passwordSecretRef: { name, key } }, index) => ({
          kind: 'Secret' as const,
          namespace: place.namespace,
          name,
          key,
          path: ['spec', 'users', index, 'passwordSecretRef', 'name'],
        })),
        ...needsOfTls(spec.security.tls, place.namespace),
      ],
    }
  },
})

function readUser(
  { name, db, passwordSecretRef, ...rest }: User,
  database: string,
): MongoDBManifest['users'][number] {
  return {
    name,
    database: db,
    password: { secret: passwordSecretRef.name, key: passwordSecretRef.key },
    connectionSecret: rest.connectionStringSecretName ?? secretNameOf(`${database}-${db}-${name}`),
  }
}

/** The operator makes a valid name of any user's name. */
function secretNameOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-.]+/g, '-')
    .replaceAll(/-+/g, '-')
    .replaceAll(/^-|-$/g, '')
}

/** Two users with one SCRAM Secret would take turns in overwriting each other's password. */
function complainOfSharedSecrets(users: readonly User[], complain: Complain): void {
  for (const [index, { scramCredentialsSecretName: name }] of users.entries()) {
    if (users.findIndex((other) => other.scramCredentialsSecretName === name) === index) continue
    const path = ['spec', 'users', index, 'scramCredentialsSecretName']
    complain(
      path,
      `spec.users[${index}].scramCredentialsSecretName is another user's too; give each its own`,
    )
  }
}

function needsOfTls(written: z.output<typeof tls> | undefined, namespace: string): Need[] {
  if (written === undefined) return []
  const path = ['spec', 'security', 'tls']
  const {
    certificateKeySecretRef: certificate,
    caCertificateSecretRef: ca,
    caConfigMapRef,
  } = written
  const needs: Need[] = []
  if (certificate !== undefined) {
    const at = { namespace, name: certificate.name, path: [...path, 'certificateKeySecretRef'] }
    needs.push({ kind: 'Secret', key: 'tls.crt', ...at }, { kind: 'Secret', key: 'tls.key', ...at })
  }
  if (ca !== undefined) {
    const at = { namespace, name: ca.name, path: [...path, 'caCertificateSecretRef'] }
    needs.push({ kind: 'Secret', key: 'ca.crt', ...at })
  }
  if (caConfigMapRef !== undefined) {
    const at = { namespace, name: caConfigMapRef.name, path: [...path, 'caConfigMapRef'] }
    needs.push({ kind: 'ConfigMap', key: 'ca.crt', ...at })
  }
  return needs
}
