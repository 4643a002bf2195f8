import { globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { parse, parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { manifestFiles } from '../../platform/local/manifests/files.ts'
import {
  type Document,
  parseDocuments,
  render,
  renderWith,
  WHY_NOT_RENDERED,
} from '../support/kustomize.ts'
import { faults, whyUnchecked } from '../support/manifest-schemas.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const OVERLAYS = globSync('platform/overlays/*', { cwd: root }).toSorted()
const COMPONENTS = globSync('platform/components/**/kustomization.yaml', { cwd: root })
  .map((file) => dirname(file))
  .toSorted()
/** Folders of an overlay: its parts, and what `skaffold dev` makes of one. */
const BELOW = globSync('platform/overlays/*/*/kustomization.yaml', { cwd: root })
  .map((file) => dirname(file))
  .toSorted()
const WHOLE = 'platform/overlays/production'

const kustomization = z.looseObject({
  kind: z.string(),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  patches: z
    .array(
      z.looseObject({
        path: z.string().optional(),
        patch: z.string().optional(),
        target: z.looseObject({ kind: z.string().optional() }).optional(),
      }),
    )
    .default([]),
})

function kustomizationOf(folder: string): z.output<typeof kustomization> {
  return kustomization.parse(parse(readFileSync(join(root, folder, 'kustomization.yaml'), 'utf8')))
}

const nameOf = ({ kind, metadata }: Document): string =>
  `${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`

const rendered =
  WHY_NOT_RENDERED === undefined
    ? await Promise.all([
        ...[...OVERLAYS, ...BELOW].map(async (folder) => ({
          folder,
          documents: await render(folder),
        })),
        ...COMPONENTS.map(async (component) => ({
          folder: `${WHOLE} with ${component}`,
          documents: await renderWith(WHOLE, [component]),
        })),
      ])
    : []
const documentsOf = (folder: string): Document[] =>
  rendered.find((each) => each.folder === folder)?.documents ?? []

const whereRendered = WHY_NOT_RENDERED === undefined ? describe : describe.skip
const because = WHY_NOT_RENDERED === undefined ? '' : ` (${WHY_NOT_RENDERED})`

whereRendered(
  `every overlay, part and component renders, and is valid on a cluster${because}`,
  () => {
    if (rendered.length === 0) it('renders', () => undefined)
    describe.each(rendered)('$folder', ({ documents }) => {
      const unchecked = [
        ...new Set(
          documents.filter(({ kind }) => whyUnchecked(kind) !== undefined).map(({ kind }) => kind),
        ),
      ]

      it('holds documents, each once', () => {
        const names = documents.map(nameOf)
        expect(names.length).toBeGreaterThan(0)
        expect(new Set(names).size).toBe(names.length)
      })

      it('has no fault against the schemas', () => {
        const found = documents
          .filter(({ kind }) => !unchecked.includes(kind))
          .flatMap((document) => faults(document).map((fault) => `${nameOf(document)}: ${fault}`))
        expect(found).toEqual([])
      })

      for (const kind of unchecked) {
        it.skip(`has no fault in a ${kind} (${whyUnchecked(kind)})`, () => undefined)
      }
    })
  },
)

whereRendered(`an overlay${because}`, () => {
  it.each(OVERLAYS)('%s is its parts, and nothing else', (overlay) => {
    const parts = kustomizationOf(overlay).resources
    const together = parts.flatMap((part) => documentsOf(`${overlay}/${part}`)).map(nameOf)
    expect(documentsOf(overlay).map(nameOf).toSorted()).toEqual(together.toSorted())
  })

  it('dev has nothing that a cluster elsewhere than on GKE lacks', () => {
    const documents = documentsOf('platform/overlays/dev')
    expect(documents.filter(({ kind }) => ['StorageClass', 'ComputeClass'].includes(kind))).toEqual(
      [],
    )
    expect(JSON.stringify(documents)).not.toMatch(/"(?:class|storageClassName)":"(?:fast|slow)"/)
  })

  it('production has every class that its disks name', () => {
    const documents = documentsOf(WHOLE)
    const asked = [...JSON.stringify(documents).matchAll(/"(?:class|storageClassName)":"(\w+)"/g)]
    const declared = documents.filter(({ kind }) => kind === 'StorageClass')
    const names = declared.map(({ metadata }) => metadata.name)
    expect(new Set(asked.map(([, name]) => name))).toEqual(new Set(names))
  })
})

describe('an overlay changes what stands elsewhere', () => {
  const parts = readdirSync(join(root, 'platform'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => !['local', 'overlays', 'components'].includes(name))

  it.each(OVERLAYS)('%s has every part of the platform', (overlay) => {
    expect(kustomizationOf(overlay).resources.toSorted()).toEqual(parts.toSorted())
  })

  const kustomizations = [...OVERLAYS, ...BELOW, ...COMPONENTS]

  it.each(kustomizations)('%s patches by name', (folder) => {
    const text = readFileSync(join(root, folder, 'kustomization.yaml'), 'utf8')
    expect(text).not.toMatch(/patchesJson6902|patchesStrategicMerge|\breplacements\b/)
    for (const { path, patch, target } of kustomizationOf(folder).patches) {
      const written = patch ?? readFileSync(join(root, folder, path ?? ''), 'utf8')
      // A list of operations finds its place by position; a piece of the resource finds it by name.
      expect(Array.isArray(parse(written))).toBe(false)
      expect(parseDocuments(written)).toHaveLength(1)
      if (target !== undefined) expect(target.kind).toBeDefined()
    }
  })

  it.each([...OVERLAYS, ...BELOW])('%s holds no manifest of its own', (overlay) => {
    const files = readdirSync(join(root, overlay), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
    expect(files).toEqual(['kustomization.yaml'])
    expect(kustomizationOf(overlay).resources.filter((name) => /\.ya?ml$/.test(name))).toEqual([])
  })

  it('no component declares what a part declares', async () => {
    const files = (await manifestFiles(root)).filter((file) => file !== 'platform/secrets.yaml')
    const declared = files.flatMap((file) => declaredIn(join(root, file)))
    const added = COMPONENTS.flatMap((component) =>
      kustomizationOf(component).resources.flatMap((file) =>
        declaredIn(join(root, component, file)),
      ),
    )
    expect(added.length).toBeGreaterThan(0)
    expect(added.filter((name) => declared.includes(name))).toEqual([])
  })

  it('the rules see an operation by position and a copied resource', () => {
    expect(Array.isArray(parse('- op: replace\n  path: /spec/a/0\n  value: 1'))).toBe(true)
    expect(declaredIn(join(root, 'platform/kafka/node-pools.yaml'))).toContain(
      'KafkaNodePool brokers',
    )
  })
})

function declaredIn(file: string): string[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((each) => {
    const { kind, metadata } = named.parse(each.toJS())
    return `${kind} ${metadata.name}`
  })
}

const named = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) })
