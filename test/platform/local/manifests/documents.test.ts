import { describe, expect, it } from '@jest/globals'
import { readDocuments } from '../../../../platform/local/manifests/documents.ts'

const TWO = `# a comment
kind: A
spec:
  list:
    - name: x
    - { name: z,
        deep: 1 }
---
kind: B
metadata: &meta
  name: b
copy: *meta
`

describe('readDocuments', () => {
  it('knows the line of every field of every document', () => {
    const { documents } = readDocuments('a.yaml', TWO)
    const [first, second] = documents
    expect(documents.map(({ line }) => line)).toEqual([2, 9])
    expect(first?.lineOf(['spec', 'list'])).toBe(4)
    expect(first?.lineOf(['spec', 'list', 1])).toBe(6)
    expect(first?.lineOf(['spec', 'list', 1, 'deep'])).toBe(7)
    expect(second?.lineOf(['copy'])).toBe(12)
    expect(second?.lineOf(['copy', 'name'])).toBe(11)
  })

  it('gives the line of what stands nearest above a field that is missing', () => {
    const [first] = readDocuments('a.yaml', TWO).documents
    expect(first?.lineOf(['spec', 'sink', 'ref'])).toBe(3)
    expect(first?.lineOf(['metadata'])).toBe(2)
  })

  it('leaves out empty documents', () => {
    expect(readDocuments('a.yaml', '---\n# nothing\n---\nkind: A\n---\n').documents).toHaveLength(1)
    expect(readDocuments('a.yaml', '').documents).toEqual([])
  })

  it.each([
    ['a: 1\na: 2\n', 2, 'this is not YAML that can be read: Map keys must be unique'],
    ['a: [1, 2\n', 2, 'this is not YAML that can be read: Flow sequence'],
    ['a: *nowhere\n', 1, 'this is not YAML that can be read: Unresolved alias'],
    ['a: 1\nb: !secret x\n', 2, 'this is not YAML that can be read: Unresolved tag: !secret'],
    ['a:\n  b: on\n', 2, 'on is true or false to Kubernetes and text here'],
    ['y: 1\n', 1, 'y is true or false to Kubernetes and text here'],
  ])('tells the line of what is no YAML: %j', (text, line, message) => {
    const { documents, problems } = readDocuments('a.yaml', text)
    expect(documents).toEqual([])
    expect(problems).toEqual([{ file: 'a.yaml', line, message: expect.stringContaining(message) }])
  })

  it('reads the other documents of a file with one that is no YAML', () => {
    const { documents, problems } = readDocuments('a.yaml', 'a: 1\na: 2\n---\nkind: A\n')
    expect(problems).toHaveLength(1)
    expect(documents.map(({ value }) => value)).toEqual([{ kind: 'A' }])
  })
})
