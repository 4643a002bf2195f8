import { describe, expect, it } from '@jest/globals'
import { inertKinds } from '../../../../../platform/local/manifests/kinds/inert.ts'
import { readKind } from '../../../../support/parse-kind.ts'

describe('a kind that a laptop understands and does not run', () => {
  it.each(inertKinds.map((kind) => [kind.kind, kind] as const))(
    '%s is kept by its kind and name',
    (name, kind) => {
      const yaml = `{ apiVersion: ${kind.apiVersion}, kind: ${name}, metadata: { name: a } }`
      expect(readKind(kind, yaml)).toEqual([
        { manifest: expect.objectContaining({ kind: 'Inert', of: name, name: 'a' }), needs: [] },
      ])
    },
  )

  it.each(inertKinds.map((kind) => [kind.kind, kind] as const))(
    '%s is refused with a field it does not have',
    (name, kind) => {
      const yaml = `{ apiVersion: ${kind.apiVersion}, kind: ${name}, metadata: { name: a }, specs: 1 }`
      expect(() => readKind(kind, yaml)).toThrow('specs is not a field')
    },
  )
})
