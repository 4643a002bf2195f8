import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { parse, parseAllDocuments } from 'yaml'

import { credentialList } from '../../../../platform/local/manifests/kinds/credentials.ts'
import { secretNeeds } from '../../../support/cluster/secret-needs.ts'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))

/** What an optional component asks for beside, its own description says. */
const FOLDERS = ['functions/*', 'eventing', 'platform/*']

/** Secrets that an operator or kustomize writes. */
const WRITTEN_BY_OPERATORS =
  /^(?:nowcast-mongodb-admin-|nowcast-cluster-ca-cert$|nowcast-(?:es|kb|ls)-)/

const generated = new Map(
  credentialList
    .parse(parse(readFileSync(path.join(ROOT, 'platform/secrets.yaml'), 'utf8')))
    .map(({ name, keys, certificate }) => [
      name,
      [
        ...Object.keys(keys),
        ...(certificate === undefined ? [] : ['ca.crt', 'tls.crt', 'tls.key']),
      ],
    ]),
)

const needs = FOLDERS.flatMap((folder) => globSync(`${folder}/*.yaml`, { cwd: ROOT }))
  .toSorted()
  .flatMap((file) =>
    parseAllDocuments(readFileSync(path.join(ROOT, file), 'utf8')).flatMap((document) =>
      secretNeeds(document.toJS()).map(({ name, key }) => ({ file, name, key: key ?? '' })),
    ),
  )
  .filter(({ name }) => !WRITTEN_BY_OPERATORS.test(name))

describe('platform/secrets.yaml', () => {
  it('is asked for Secrets by every kind that reads one', () => {
    const files = needs.map(({ file }) => path.basename(file))
    expect(files).toEqual(
      expect.arrayContaining([
        'users.yaml',
        'mongodb.yaml',
        'sinks.yaml',
        'predict.yaml',
        'service.yaml',
      ]),
    )
  })

  it.each(needs)('has what $file reads: $name/$key', ({ name, key }) => {
    expect([...generated.keys()]).toContain(name)
    if (key !== '') expect(generated.get(name)).toContain(key)
  })
})
