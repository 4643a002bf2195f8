import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { EnvEntry, ServiceManifest } from '../../../../platform/local/manifests/inventory.ts'
import { openEnvironment } from '../../../../platform/local/parts/environment.ts'
import { openVault } from '../../../../platform/local/parts/vault.ts'
import type { Vault } from '../../../../platform/local/parts/vault.ts'
import { inventoryOf } from '../../../support/inventory.ts'
import { serviceManifest } from '../../../support/service-bench.ts'

let stateFolder: string
let vault: Vault

beforeEach(async () => {
  stateFolder = await mkdtemp(path.join(tmpdir(), 'nowcast-environment-'))
  vault = openVault({ stateFolder, inventory: inventoryOf() })
  vault.put('Secret', 'test', 'kafka', { user: 'u', 'ca.crt': 'certificate' })
  vault.put('ConfigMap', 'test', 'models', { 'models.yaml': 'ridgecv', LEVEL: 'debug' })
})

afterEach(() => rm(stateFolder, { recursive: true }))

const literal = (name: string, text: string): EnvEntry => ({
  name,
  value: { kind: 'literal', text },
})
const key = (name: string, secret: string, of: string, optional = false): EnvEntry => ({
  name,
  value: { kind: 'Secret', name: secret, key: of, optional },
})

describe('variables', () => {
  it.each<{ name: string; manifest: Partial<ServiceManifest>; variables: Record<string, string> }>([
    {
      name: 'are literals',
      manifest: { env: [literal('A', 'a'), literal('EMPTY', '')] },
      variables: { A: 'a', EMPTY: '' },
    },
    {
      name: 'come from keys of Secrets and ConfigMaps',
      manifest: {
        env: [
          key('USER', 'kafka', 'user'),
          {
            name: 'LEVEL',
            value: { kind: 'ConfigMap', name: 'models', key: 'LEVEL', optional: false },
          },
        ],
      },
      variables: { USER: 'u', LEVEL: 'debug' },
    },
    {
      name: 'are not set when what they name is optional and missing',
      manifest: {
        env: [key('A', 'nobody', 'x', true), key('B', 'kafka', 'x', true), literal('C', 'c')],
      },
      variables: { C: 'c' },
    },
    {
      name: 'come from whole objects, with their prefix',
      manifest: { envFrom: [{ kind: 'Secret', name: 'kafka', prefix: 'KAFKA_', optional: false }] },
      variables: { KAFKA_user: 'u', 'KAFKA_ca.crt': 'certificate' },
    },
    {
      name: 'of a later object win, and env wins over all',
      manifest: {
        envFrom: [
          { kind: 'Secret', name: 'kafka', prefix: '', optional: false },
          { kind: 'ConfigMap', name: 'models', prefix: '', optional: false },
          { kind: 'Secret', name: 'nobody', prefix: '', optional: true },
        ],
        env: [literal('LEVEL', 'info')],
      },
      variables: { user: 'u', 'ca.crt': 'certificate', 'models.yaml': 'ridgecv', LEVEL: 'info' },
    },
    {
      name: 'may be made of those before them, and only of those',
      manifest: {
        envFrom: [{ kind: 'Secret', name: 'kafka', prefix: '', optional: false }],
        env: [
          literal('HOST', 'kafka'),
          literal('URL', '$(HOST):9093 as $(user), $$(HOST), $(LATER)'),
          literal('LATER', 'x'),
        ],
      },
      variables: {
        user: 'u',
        'ca.crt': 'certificate',
        HOST: 'kafka',
        URL: 'kafka:9093 as u, $(HOST), $(LATER)',
        LATER: 'x',
      },
    },
    {
      name: 'that come from a Secret are taken as they are',
      manifest: { env: [literal('A', 'a'), key('RAW', 'dollars', 'x')] },
      variables: { A: 'a', RAW: '$(A)' },
    },
    {
      name: 'that name what the platform stands in for are rewritten, once they are whole',
      manifest: {
        env: [literal('HOST', 'bootstrap'), literal('EVENTS_URL', 'kafka://$(HOST):9093')],
      },
      variables: { HOST: 'bootstrap', EVENTS_URL: 'http://ingress' },
    },
  ])('$name', ({ manifest, variables }) => {
    vault.put('Secret', 'test', 'dollars', { x: '$(A)' })
    expect(environment()(serviceManifest(manifest)).variables).toEqual(variables)
  })

  it('tell everything that is missing at once, with file and line and who would provide it', () => {
    const manifest = serviceManifest({
      env: [
        key('A', 'nobody', 'x'),
        key('B', 'kafka', 'pasword'),
        { name: 'C', value: { kind: 'ConfigMap', name: 'none', key: 'y', optional: false } },
      ],
      envFrom: [{ kind: 'Secret', name: 'missing', prefix: '', optional: false }],
      mounts: [
        {
          mountPath: '/etc/kafka',
          subPath: undefined,
          source: { kind: 'Secret', name: 'absent', items: undefined, optional: false },
        },
      ],
    })
    expect(() => environment()(manifest)).toThrow(
      new Error(`Service echo (echo/service.yaml:1)
- envFrom needs Secret test/missing, which does not exist; a Secret manifest, the list of generated credentials, a KafkaUser of that name or a MongoDBCommunity with that connection Secret would provide it; namespace test has kafka
- env A needs key "x" of Secret test/nobody, which does not exist; a Secret manifest, the list of generated credentials, a KafkaUser of that name or a MongoDBCommunity with that connection Secret would provide it; namespace test has kafka
- env B needs key "pasword" of Secret test/kafka; it has user, ca.crt
- env C needs key "y" of ConfigMap test/none, which does not exist; a ConfigMap manifest would provide it; namespace test has models
- the volume at /etc/kafka needs Secret test/absent, which does not exist; a Secret manifest, the list of generated credentials, a KafkaUser of that name or a MongoDBCommunity with that connection Secret would provide it; namespace test has kafka`),
    )
  })

  it('are resolved anew at every start', () => {
    const resolve = environment()
    const manifest = serviceManifest({ env: [key('USER', 'kafka', 'user')] })
    expect(resolve(manifest).variables).toEqual({ USER: 'u' })
    vault.put('Secret', 'test', 'kafka', { user: 'changed' })
    expect(resolve(manifest).variables).toEqual({ USER: 'changed' })
  })
})

type Mount = ServiceManifest['mounts'][number]

const mount = (
  mountPath: string,
  source: Partial<Exclude<Mount['source'], { kind: 'emptyDir' }>>,
  subPath?: string,
): Mount => ({
  mountPath,
  subPath,
  source: { kind: 'Secret', name: 'kafka', items: undefined, optional: false, ...source },
})

describe('volumes', () => {
  it.each<{ name: string; mounts: Mount[]; files: Record<string, string> }>([
    {
      name: 'are every key under its own name',
      mounts: [mount('/etc/kafka', {})],
      files: { 'etc/kafka/user': 'u', 'etc/kafka/ca.crt': 'certificate' },
    },
    {
      name: 'are the chosen keys under the chosen paths',
      mounts: [mount('/etc/kafka/', { items: [{ key: 'ca.crt', path: 'tls/ca.pem' }] })],
      files: { 'etc/kafka/tls/ca.pem': 'certificate' },
    },
    {
      name: 'may be one file, by its subPath',
      mounts: [mount('/etc/ca.pem', {}, 'ca.crt')],
      files: { 'etc/ca.pem': 'certificate' },
    },
    {
      name: 'may be one folder, by its subPath',
      mounts: [mount('/tls', { items: [{ key: 'ca.crt', path: 'deep/tls/ca.pem' }] }, 'deep')],
      files: { 'tls/tls/ca.pem': 'certificate' },
    },
    {
      name: 'may stand within one another',
      mounts: [
        mount('/etc', { kind: 'ConfigMap', name: 'models' }),
        mount('/etc/kafka', { items: [{ key: 'user', path: 'user' }] }),
      ],
      files: { 'etc/models.yaml': 'ridgecv', 'etc/LEVEL': 'debug', 'etc/kafka/user': 'u' },
    },
    {
      name: 'never leave their place',
      mounts: [mount('/../../etc', { items: [{ key: 'user', path: '../../user' }] })],
      files: { 'etc/user': 'u' },
    },
    {
      name: 'that are optional may be missing',
      mounts: [mount('/etc/none', { name: 'nobody', optional: true })],
      files: {},
    },
  ])('$name', ({ mounts, files }) => {
    environment()(serviceManifest({ mounts }))
    const root = path.join(stateFolder, 'mounts', 'test.echo')
    for (const [name, text] of Object.entries(files)) {
      expect(readFileSync(path.join(root, name), 'utf8')).toBe(text)
      expect(statSync(path.join(root, name)).mode & 0o777).toBe(0o600)
      expect(statSync(path.join(root, path.dirname(name))).mode & 0o777).toBe(0o700)
    }
  })

  it('lose what is stale and keep what is not', () => {
    const resolve = environment()
    const manifest = serviceManifest({ mounts: [mount('/etc/kafka', {})] })
    const at = (name: string) => path.join(stateFolder, 'mounts/test.echo/etc/kafka', name)
    resolve(manifest)
    vault.put('Secret', 'test', 'kafka', { user: 'changed', password: 'p' })
    resolve(manifest)
    expect(existsSync(at('ca.crt'))).toBe(false)
    expect(readFileSync(at('user'), 'utf8')).toBe('changed')
    expect(readFileSync(at('password'), 'utf8')).toBe('p')
  })

  it('that are empty folders keep what the process writes while the platform runs, and begin empty', async () => {
    const manifest = serviceManifest({
      mounts: [{ mountPath: '/cache', subPath: undefined, source: { kind: 'emptyDir' } }],
    })
    const file = path.join(stateFolder, 'mounts/test.echo/cache/file')
    const resolve = environment()
    resolve(manifest)
    await writeFile(file, 'kept')
    resolve(manifest)
    expect(existsSync(file)).toBe(true)
    environment()(manifest)
    expect(existsSync(file)).toBe(false)
  })

  it('that show a file their Secret does not have are told', () => {
    const manifest = serviceManifest({ mounts: [mount('/etc/ca.pem', {}, 'ca.pem')] })
    expect(() => environment()(manifest)).toThrow(
      'the volume at /etc/ca.pem shows "ca.pem" of Secret kafka, which has no such file',
    )
  })

  it.each([
    ['/etc/kafka', true],
    ['/etc/kafka/ca.crt', true],
    ['/etc/kafka2', false],
    ['file:/etc/kafka', false],
    ['/etc', false],
  ])('are found through variables: %s (%s)', (value, isLocal) => {
    const { variables, local } = environment()(
      serviceManifest({ env: [literal('AT', value)], mounts: [mount('/etc/kafka', {})] }),
    )
    const expected = isLocal ? path.join(stateFolder, 'mounts/test.echo', value) : value
    expect(variables['AT']).toBe(expected)
    expect(local(value)).toBe(expected)
  })
})

it('asks containers for a line an event where somebody wants to see them, unless they say otherwise', () => {
  const levelOf = (verbose: boolean, ...env: ServiceManifest['env']) =>
    environment(verbose)(serviceManifest({ env })).variables['LOG_LEVEL']
  expect([levelOf(false), levelOf(true)]).toEqual([undefined, 'debug'])
  expect(levelOf(true, literal('LOG_LEVEL', 'warn'))).toBe('warn')
})

function environment(verbose?: boolean) {
  return openEnvironment({
    verbose,
    vault,
    stateFolder,
    rewrite: (value) => (value === 'kafka://bootstrap:9093' ? 'http://ingress' : value),
  })
}
