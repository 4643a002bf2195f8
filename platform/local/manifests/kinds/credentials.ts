import { posix } from 'node:path'
import { z } from 'zod'
import { honoured } from '../fields.ts'
import { explain } from '../explain.ts'
import type { CredentialsManifest } from '../inventory.ts'
import type { Kind, Position, Read } from '../kind.ts'
import type { Need } from '../needs.ts'
import { dataKey, objectName } from '../shapes/metadata.ts'

const credential = z.union(
  [
    z.string(),
    z.strictObject({ generate: z.int().min(16).max(128) }),
    z.strictObject({
      from: z.string().regex(/^[^/]+\/[^/]+$/, { error: 'names no key; write secret/key' }),
    }),
  ],
  { error: 'is none of text, { generate: 16 to 128 } and { from: secret/key }; write one of them' },
)

const entry = z
  .strictObject({
    name: objectName,
    namespace: objectName.default('default'),
    keys: z.record(dataKey, credential).default({}),
    certificate: honoured(
      z.strictObject({
        hosts: z
          .array(z.string().min(1))
          .min(1)
          .meta({ ignored: 'nothing on a laptop speaks TLS: ca.crt, tls.crt and tls.key say so' }),
      }),
    ).optional(),
  })
  .refine(({ keys, certificate }) => certificate !== undefined || Object.keys(keys).length > 0, {
    error: 'holds nothing; give it keys or certificate',
  })

const schema = z.array(entry).superRefine((entries, context) => {
  for (const [index, { namespace, name }] of entries.entries()) {
    const first = entries.findIndex((other) => other.namespace === namespace && other.name === name)
    if (first === index) continue
    const message = `is "${name}" a second time; rename or remove one of them`
    context.addIssue({ code: 'custom', path: [index, 'name'], message })
  }
})
/** The list as it is written, hosts of certificates included, for whoever makes Secrets of it on a cluster. */
export const credentialList = schema
export type CredentialEntry = z.output<typeof entry>
type Entry = CredentialEntry
type Credential = CredentialsManifest['secrets'][number]['keys'][string]

/** Text in place of a certificate: it can be mounted, and nobody takes it for one. */
const NO_CERTIFICATE = 'no certificate: nothing on a laptop speaks TLS\n'

/** A list of Secrets to be generated once: `platform/secrets.yaml`. The only documents that are lists. */
export const credentials: Kind = {
  kind: 'Credentials',
  apiVersion: '',
  meaning:
    'a top-level list of Secrets, generated once for a state folder as bootstrap does for a cluster',
  schema,
  parse(document, at) {
    const parsed = schema.safeParse(document)
    if (!parsed.success) {
      return { faults: parsed.error.issues.flatMap((issue) => explain(issue, document, schema)) }
    }
    const namespaces = new Set(parsed.data.map(({ namespace }) => namespace))
    return { reads: [...namespaces].map((namespace) => readOf(parsed.data, namespace, at)) }
  },
}

function readOf(entries: readonly Entry[], namespace: string, at: Position): Read {
  return {
    manifest: {
      kind: 'Credentials',
      namespace,
      name: posix.basename(at.file).replace(/\.ya?ml$/, ''),
      ...at,
      secrets: entries
        .filter((each) => each.namespace === namespace)
        .map((each) => ({ name: each.name, keys: keysOf(each) })),
    },
    needs: entries.flatMap((each, index) =>
      each.namespace === namespace ? needsOf(each, index) : [],
    ),
  }
}

function needsOf(each: Entry, index: number): Need[] {
  return Object.entries(keysOf(each)).flatMap(([name, value]): Need[] => {
    if (value.kind !== 'copied') return []
    const path = [index, 'keys', name, 'from']
    return [{ kind: 'Secret', namespace: each.namespace, name: value.secret, key: value.key, path }]
  })
}

function keysOf({ keys, certificate }: Entry): Record<string, Credential> {
  const own = Object.entries(keys).map(([name, written]) => [name, credentialOf(written)] as const)
  const missing: Credential = { kind: 'literal', text: NO_CERTIFICATE }
  const made = ['ca.crt', 'tls.crt', 'tls.key'].map((name) => [name, missing] as const)
  return Object.fromEntries([...own, ...(certificate === undefined ? [] : made)])
}

function credentialOf(written: z.output<typeof credential>): Credential {
  if (typeof written === 'string') return { kind: 'literal', text: written }
  if ('generate' in written) return { kind: 'generated', length: written.generate }
  const [secret = '', key = ''] = written.from.split('/')
  return { kind: 'copied', secret, key }
}
