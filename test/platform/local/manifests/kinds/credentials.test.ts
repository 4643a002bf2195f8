import { describe, expect, it } from '@jest/globals'
import { readManifests } from '../../../../../platform/local/manifests/read.ts'
import { credentials } from '../../../../../platform/local/manifests/kinds/credentials.ts'
import { manifestFolder } from '../../../../support/manifest-folder.ts'
import { readKind } from '../../../../support/parse-kind.ts'

const LIST = `
- name: kafka-persist
  namespace: ml
  keys: { user: persist, password: { generate: 32 }, ca.crt: { from: authority/ca.crt } }
- name: authority
  namespace: ml
  certificate: { hosts: [mongodb] }
- name: other
  keys: { a: b }
`

describe('a list of credentials', () => {
  it('gives one manifest for each namespace, each Secret with how its keys come about', () => {
    expect(readKind(credentials, LIST).map(({ manifest }) => manifest)).toEqual([
      {
        kind: 'Credentials',
        namespace: 'ml',
        name: 'a',
        file: 'a.yaml',
        line: 1,
        secrets: [
          {
            name: 'kafka-persist',
            keys: {
              user: { kind: 'literal', text: 'persist' },
              password: { kind: 'generated', length: 32 },
              'ca.crt': { kind: 'copied', secret: 'authority', key: 'ca.crt' },
            },
          },
          {
            name: 'authority',
            keys: {
              'ca.crt': { kind: 'literal', text: expect.stringContaining('no certificate') },
              'tls.crt': { kind: 'literal', text: expect.stringContaining('no certificate') },
              'tls.key': { kind: 'literal', text: expect.stringContaining('no certificate') },
            },
          },
        ],
      },
      expect.objectContaining({
        namespace: 'default',
        secrets: [{ name: 'other', keys: { a: { kind: 'literal', text: 'b' } } }],
      }),
    ])
  })

  it.each([
    ['- name: a', '[0] holds nothing; give it keys or certificate'],
    [
      '- { name: a, keys: { b: { generated: 32 } } }',
      '[0].keys.b is none of text, { generate: 16 to 128 } and { from: secret/key }; write one of them',
    ],
    ['- { name: a, keys: { b: { from: c } } }', '[0].keys.b.from names no key; write secret/key'],
    [
      '[{ name: a, keys: { b: c } }, { name: a, keys: { b: c } }]',
      '[1].name is "a" a second time; rename or remove one of them',
    ],
    [
      '[1, 2]',
      '[0] is a whole number; write a mapping of fields\n[1] is a whole number; write a mapping of fields',
    ],
  ])('is refused as %s', (yaml, message) => {
    expect(() => readKind(credentials, yaml)).toThrow(new Error(message))
  })

  it.each([
    [
      'a copy of a Secret that nobody writes',
      '- { name: a, keys: { b: { from: nobody/x } } }\n',
      'a.yaml:1: Credentials: [0].keys.b.from names the Secret "nobody", and namespace "default" has none; add it to platform/secrets.yaml',
    ],
    [
      'a copy of a key that is not there',
      '- { name: one, keys: { user: x } }\n- { name: two,\n    keys: { b: { from: one/usr } } }\n',
      'a.yaml:3: Credentials: [1].keys.b.from names the key "usr", and the Secret "one" has none; did you mean "user"?',
    ],
    [
      "the name of a KafkaUser's own Secret",
      '- { name: x, keys: { a: b } }\n- { name: persist, keys: { a: b } }\n---\napiVersion: kafka.strimzi.io/v1\nkind: KafkaUser\nmetadata: { name: persist }\nspec: { authentication: { type: scram-sha-512 } }\n',
      'a.yaml:6: KafkaUser persist: the Secret "persist" in namespace "default" is declared at a.yaml:2 already, by Credentials a; rename or remove one of them',
    ],
  ])('is refused for %s, with the line', async (_, yaml, message) => {
    const folder = await manifestFolder({ 'a.yaml': yaml })
    await expect(readManifests(folder)).rejects.toThrow(new Error(message))
  })
})
