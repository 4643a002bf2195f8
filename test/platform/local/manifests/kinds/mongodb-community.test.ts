import { describe, expect, it } from '@jest/globals'
import { mongodbCommunity } from '../../../../../platform/local/manifests/kinds/mongodb-community.ts'
import { readKind, readOne } from '../../../../support/parse-kind.ts'

const database = (users: string, security = '{ authentication: { modes: [SCRAM] } }'): string => `
apiVersion: mongodbcommunity.mongodb.com/v1
kind: MongoDBCommunity
metadata: { name: mdb, namespace: ml }
spec:
  type: ReplicaSet
  members: 3
  version: 8.0.17
  security: ${security}
  users: ${users}
`
const user = (more: string): string =>
  `{ passwordSecretRef: { name: p }, roles: [{ name: read, db: a }], ${more} }`

describe('MongoDBCommunity', () => {
  it('names the connection Secret as the operator does', () => {
    const { users } = readOne(
      'MongoDBCommunity',
      mongodbCommunity,
      database(`
    - ${user('name: app, scramCredentialsSecretName: a')}
    - ${user('name: Web_App, db: shop, scramCredentialsSecretName: b')}
    - ${user('name: own, scramCredentialsSecretName: c, connectionStringSecretName: mine')}`),
    )
    expect(users).toEqual([
      {
        name: 'app',
        database: 'admin',
        password: { secret: 'p', key: 'password' },
        connectionSecret: 'mdb-admin-app',
      },
      expect.objectContaining({ database: 'shop', connectionSecret: 'mdb-shop-web-app' }),
      expect.objectContaining({ connectionSecret: 'mine' }),
    ])
  })

  it('needs its passwords and the Secrets of TLS', () => {
    const users = `[${user('name: app, scramCredentialsSecretName: a')}]`
    const security =
      '{ tls: { enabled: true, certificateKeySecretRef: { name: server }, caCertificateSecretRef: { name: ca } } }'
    const [read] = readKind(mongodbCommunity, database(users, security))
    expect(
      read?.needs.map((need) =>
        need.kind === 'Secret' ? `${need.namespace}/${need.name} ${need.key}` : need.kind,
      ),
    ).toEqual(['ml/p password', 'ml/server tls.crt', 'ml/server tls.key', 'ml/ca ca.crt'])
  })

  it('refuses two users with one SCRAM Secret', () => {
    const users = `[${user('name: a, scramCredentialsSecretName: s')}, ${user('name: b, scramCredentialsSecretName: s')}]`
    expect(() => readKind(mongodbCommunity, database(users))).toThrow(
      "spec.users[1].scramCredentialsSecretName is another user's too; give each its own",
    )
  })

  it('refuses a version without all three numbers', () => {
    const users = `[${user('name: a, scramCredentialsSecretName: s')}]`
    const yaml = database(users).replace('8.0.17', '"8.0"')
    expect(() => readKind(mongodbCommunity, yaml)).toThrow(
      'spec.version is no full version; write all three numbers, in quotes, e.g. "8.0.17"',
    )
  })
})
