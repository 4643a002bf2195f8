import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type {
  CredentialsManifest,
  Manifest,
} from '../../../../platform/local/manifests/inventory.ts'
import { openVault } from '../../../../platform/local/parts/vault.ts'
import { inventoryOf, placed } from '../../../support/inventory.ts'

let stateFolder: string

beforeEach(async () => {
  stateFolder = await mkdtemp(path.join(tmpdir(), 'nowcast-vault-'))
})

afterEach(() => rm(stateFolder, { recursive: true }))

it('holds the Secrets and ConfigMaps of the manifests, by kind and namespace', () => {
  const vault = open(
    { ...placed('models'), kind: 'ConfigMap', data: { list: 'a: 1' } },
    { ...placed('models'), kind: 'Secret', data: { key: 'x' } },
    { ...placed('models'), kind: 'Secret', namespace: 'other', data: { key: 'y' } },
  )
  expect(vault.get('ConfigMap', 'test', 'models')).toEqual({ list: 'a: 1' })
  expect(vault.get('Secret', 'test', 'models')).toEqual({ key: 'x' })
  expect(vault.get('Secret', 'other', 'models')).toEqual({ key: 'y' })
  expect(vault.get('Secret', 'test', 'nobody')).toBeUndefined()
  expect(vault.names('Secret', 'test')).toEqual(['models'])
})

it('holds what an operator puts, the newest', () => {
  const vault = open()
  vault.put('Secret', 'test', 'user', { password: 'old', extra: 'x' })
  vault.put('Secret', 'test', 'user', { password: 'new' })
  expect(vault.get('Secret', 'test', 'user')).toEqual({ password: 'new' })
  expect(vault.keys('Secret', 'test', 'user')).toEqual(['password'])
  expect(vault.value('Secret', 'test', 'user', 'extra')).toBeUndefined()
})

it('refuses a Secret that two documents give', () => {
  expect(() =>
    open(
      { ...placed('kafka'), kind: 'Secret', data: {} },
      credentials({ kafka: { user: { kind: 'literal', text: 'x' } } }),
    ),
  ).toThrow(
    'Secret test/kafka is declared twice: kafka.yaml:1 and secrets.yaml:1; keep one of them',
  )
})

describe('generated credentials', () => {
  const declared = credentials({
    kafka: {
      user: { kind: 'literal', text: 'nowcast' },
      password: { kind: 'generated', length: 40 },
    },
  })

  it('are as long as declared and differ from one another', () => {
    const lengths = {
      a: { kind: 'generated', length: 8 },
      b: { kind: 'generated', length: 8 },
    } as const
    const { a, b } = open(credentials({ s: lengths })).get('Secret', 'test', 's') ?? {}
    expect(a).toMatch(/^[A-Za-z0-9]{8}$/)
    expect(b).toMatch(/^[A-Za-z0-9]{8}$/)
    expect(a).not.toBe(b)
  })

  it('stay the same over a restart', () => {
    const first = open(declared).get('Secret', 'test', 'kafka')
    expect(first).toEqual({ user: 'nowcast', password: expect.stringMatching(/^[A-Za-z0-9]{40}$/) })
    expect(open(declared).get('Secret', 'test', 'kafka')).toEqual(first)
  })

  it('get a new key without losing the old ones', () => {
    const password = open(declared).value('Secret', 'test', 'kafka', 'password')
    const more = credentials({
      kafka: {
        password: { kind: 'generated', length: 40 },
        token: { kind: 'generated', length: 12 },
      },
      other: { password: { kind: 'generated', length: 5 } },
    })
    const vault = open(more)
    expect(vault.get('Secret', 'test', 'kafka')).toEqual({
      password,
      token: expect.stringMatching(/^.{12}$/),
    })
    expect(vault.value('Secret', 'test', 'other', 'password')).toHaveLength(5)
  })

  it('are readable by their owner only', async () => {
    open(declared)
    const { mode } = await stat(path.join(stateFolder, 'secrets.json'))
    expect(mode & 0o777).toBe(0o600)
  })

  it('are not written again when nothing is new', async () => {
    open(declared)
    const file = path.join(stateFolder, 'secrets.json')
    await chmod(file, 0o400)
    const before = await stat(file)
    open(declared)
    expect((await stat(file)).ino).toBe(before.ino)
  })

  it.each(['{"test/kafka": {"pass', '[]', '{"test/kafka": 1}', '{"test/kafka": {"password": 1}}'])(
    'are never made anew over a damaged file: %s',
    async (text) => {
      const file = path.join(stateFolder, 'secrets.json')
      await writeFile(file, text)
      expect(() => open(declared)).toThrow(/secrets\.json is damaged; restore it, or delete it/)
      expect(await readFile(file, 'utf8')).toBe(text)
    },
  )
})

describe('a copied key', () => {
  const copy = credentials({
    own: {
      password: { kind: 'copied', secret: 'operators', key: 'password' },
      a: { kind: 'literal', text: 'a' },
    },
  })

  it('is what the other Secret holds when it is read', () => {
    const vault = open(copy)
    vault.put('Secret', 'test', 'operators', { password: 'p1' })
    expect(vault.get('Secret', 'test', 'own')).toEqual({ password: 'p1', a: 'a' })
    vault.put('Secret', 'test', 'operators', { password: 'p2' })
    expect(vault.value('Secret', 'test', 'own', 'password')).toBe('p2')
  })

  it('names both Secrets while the other is missing, and does not stand in the way of other keys', () => {
    const vault = open(copy)
    expect(() => vault.get('Secret', 'test', 'own')).toThrow(
      'key "password" of Secret test/own (secrets.yaml:1) is a copy of key "password" of Secret test/operators, which does not exist',
    )
    expect(vault.value('Secret', 'test', 'own', 'a')).toBe('a')
    expect(vault.keys('Secret', 'test', 'own')).toEqual(['password', 'a'])
  })

  it('names both Secrets while the other has no such key', () => {
    const vault = open(copy)
    vault.put('Secret', 'test', 'operators', {})
    expect(() => vault.value('Secret', 'test', 'own', 'password')).toThrow(
      'of Secret test/operators, which has no such key',
    )
  })

  it('may not be a copy of itself', () => {
    const vault = open(
      credentials({
        one: { key: { kind: 'copied', secret: 'two', key: 'key' } },
        two: { key: { kind: 'copied', secret: 'one', key: 'key' } },
      }),
    )
    expect(() => vault.get('Secret', 'test', 'one')).toThrow('which is in turn a copy of it')
  })
})

function open(...manifests: Manifest[]) {
  return openVault({ stateFolder, inventory: inventoryOf(...manifests) })
}

function credentials(
  secrets: Record<string, CredentialsManifest['secrets'][number]['keys']>,
): CredentialsManifest {
  return {
    ...placed('secrets'),
    kind: 'Credentials',
    secrets: Object.entries(secrets).map(([name, keys]) => ({ name, keys })),
  }
}
