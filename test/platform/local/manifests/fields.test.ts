import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { withFieldTables } from '../../../../platform/local/manifests/field-table.ts'
import { fieldsOf, KNOWN_KINDS } from '../../../../platform/local/manifests/known-kinds.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

describe('fieldsOf', () => {
  it('lists what a laptop does with each field of a kind', () => {
    const fields = fieldsOf('KafkaSink')
    expect(fields).toContainEqual({ path: 'spec.topic', status: 'honoured' })
    expect(fields).toContainEqual({
      path: 'spec.auth',
      status: 'ignored',
      reason: 'the embedded log needs no credentials; the Secret must exist all the same',
    })
    expect(fields).toContainEqual({
      path: 'spec.numPartitions',
      status: 'refused',
      reason: 'a topic made by a sink is deleted with it; declare a KafkaTopic instead',
    })
  })

  it('names items of lists, any name, and names with dots', () => {
    const paths = [...fieldsOf('KafkaSource'), ...fieldsOf('KafkaTopic')].map(({ path }) => path)
    expect(paths).toEqual(
      expect.arrayContaining([
        'spec.topics[]',
        'spec.ceOverrides.extensions.*',
        'spec.config."retention.ms"',
      ]),
    )
  })

  it('knows no field of a kind that is not read', () => {
    expect(() => fieldsOf('Broker')).toThrow('Broker is not a kind that is read')
  })

  it.each(KNOWN_KINDS.map(({ kind }) => kind))('lists no field of %s twice', (kind) => {
    const paths = fieldsOf(kind).map(({ path }) => path)
    expect(new Set(paths).size).toBe(paths.length)
  })
})

describe("the local platform's README", () => {
  it('says of every field of every kind what becomes of it', async () => {
    const readme = await readFile(join(root, 'platform/local/README.md'), 'utf8')
    // When this fails: node scripts/field-tables.ts
    expect(readme).toBe(withFieldTables(readme))
  })
})
