import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { Ajv } from 'ajv'
import { describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'

import { readStages } from './support/dockerfile.ts'
import { parseDocuments, render, WHY_NOT_RENDERED } from './support/kustomize.ts'
import type { Document } from './support/kustomize.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const artifact = z.object({
  image: z.string(),
  docker: z.object({ dockerfile: z.string(), target: z.string().optional() }),
  sync: z.object({ manual: z.array(z.object({ src: z.string(), dest: z.string() })) }).optional(),
})
const stepsSchema = z.object({
  build: z.object({ artifacts: z.array(artifact).optional() }).optional(),
  manifests: z.object({ kustomize: z.object({ paths: z.array(z.string()) }) }).optional(),
  portForward: z
    .array(
      z.object({
        resourceType: z.literal('service'),
        resourceName: z.string(),
        port: z.number(),
        localPort: z.number(),
      }),
    )
    .optional(),
})
const file: unknown = parse(read('skaffold.yaml'), { merge: true })
const base = stepsSchema.parse(file)
const { profiles } = z
  .object({ profiles: z.array(stepsSchema.extend({ name: z.string() })) })
  .parse(file)

/** What skaffold does with a profile: its fields instead of the same ones of the file. */
const ways = [{ name: 'no profile', ...base }, ...profiles].map((way) => ({
  name: way.name,
  artifacts: way.build?.artifacts ?? base.build?.artifacts ?? [],
  paths: way.manifests?.kustomize.paths ?? base.manifests?.kustomize.paths ?? [],
  portForward: way.portForward ?? [],
}))
const LOOPS = ['dev', 'kind']
const loops = ways.filter(({ name }) => LOOPS.includes(name))

const template = z.looseObject({
  template: z.object({
    metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
    spec: z.looseObject({
      containers: z.array(
        z.looseObject({
          image: z.string(),
          command: z.array(z.string()),
          securityContext: z.looseObject({ readOnlyRootFilesystem: z.boolean() }),
        }),
      ),
    }),
  }),
})

/** The Knative Services of a way, each with its one container. */
async function servicesOf({ paths }: { paths: readonly string[] }) {
  return servicesIn(await documentsOf({ paths }))
}

function servicesIn(documents: readonly Document[]) {
  return documents
    .filter(({ apiVersion }) => apiVersion.startsWith('serving.knative.dev/'))
    .map((document) => {
      const { metadata, spec } = template.parse(document['spec']).template
      const [container, ...others] = spec.containers
      if (container === undefined || others.length > 0) {
        throw new Error(`${document.metadata.name} has ${spec.containers.length} containers`)
      }
      return { name: document.metadata.name, ...metadata, container, rest: spec }
    })
}

async function documentsOf({ paths }: { paths: readonly string[] }): Promise<Document[]> {
  return (await Promise.all(paths.map((path) => render(path)))).flat()
}

const whenRendered = WHY_NOT_RENDERED === undefined ? describe : describe.skip
const because = WHY_NOT_RENDERED === undefined ? '' : ` (${WHY_NOT_RENDERED})`

describe('skaffold.yaml', () => {
  const validate = new Ajv({ strict: false, allErrors: true }).compile(
    z.looseObject({}).parse(JSON.parse(read('test/crds/skaffold-v4beta14.schema.json'))),
  )

  it('is one of version v4beta14', () => {
    validate(file)
    expect(validate.errors).toBeNull()
    expect(file).toMatchObject({ apiVersion: 'skaffold/v4beta14' })
  })

  it.each([
    ['an unknown field', { manifest: {} }],
    ['an unknown builder', { build: { artifacts: [{ image: 'a', dockerr: {} }] } }],
    ['a port that is no number', { portForward: [{ localPort: 'one' }] }],
  ])('could not have %s', (_, change) => {
    expect(validate({ ...z.looseObject({}).parse(file), ...change })).toBe(false)
  })

  it.each(ways)('with $name names paths that exist', ({ artifacts, paths }) => {
    const needed = [
      ...artifacts.map(({ docker }) => docker.dockerfile),
      ...paths.map((path) => join(path, 'kustomization.yaml')),
    ]
    expect(needed.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })

  it.each(ways)('with $name builds a stage that the Dockerfile has', ({ artifacts }) => {
    const stages = readStages(read('Dockerfile')).map(({ name }) => name)
    expect(
      artifacts
        .map(({ docker }) => docker.target)
        .filter((target) => target !== undefined && !stages.includes(target)),
    ).toEqual([])
  })

  it.each(loops)('with $name puts a saved file where the image has it', ({ artifacts }) => {
    const workdir = readStages(read('Dockerfile'))
      .flatMap(({ instructions }) => instructions)
      .filter((instruction) => instruction.getKeyword() === 'WORKDIR')
      .map((instruction) => instruction.getArgumentsContent())
    // Without a `strip`, a file keeps its path below `dest`.
    for (const { sync } of artifacts) {
      expect(sync?.manual.map(({ dest }) => [dest])).toEqual([[...new Set(workdir)]])
      expect(sync?.manual.flatMap(({ src }) => globSync(src, { cwd: root })).toSorted()).toEqual(
        globSync('functions/**/*.ts', { cwd: root }).toSorted(),
      )
    }
  })

  it('replaces images and labels no template: a label of the run would be a new revision of each function', () => {
    // A deny rule would not do: it takes the kind off the list of those whose images are replaced.
    expect(file).toMatchObject({
      resourceSelector: {
        allow: [
          {
            groupKind: 'Service.serving.knative.dev',
            image: ['.*'],
            labels: ['.metadata.labels'],
          },
        ],
      },
    })
  })

  it('comes with flags: what was deployed outlives Ctrl-C, and Services are waited for', () => {
    const flags = parseEnv(read('skaffold.env'))
    expect(flags['SKAFFOLD_CLEANUP']).toBe('false')
    expect(JSON.parse(read(flags['SKAFFOLD_STATUS_CHECK_SELECTORS'] ?? ''))).toEqual({
      selectors: [{ group: 'serving.knative.dev', kind: 'Service' }],
    })
  })

  const skaffold = [env['SKAFFOLD'] ?? '', 'skaffold'].find(
    (program) => program !== '' && spawnSync(program, ['version']).status === 0,
  )
  const whenThere = skaffold === undefined ? it.skip : it
  const why = skaffold === undefined ? ' (put it on the PATH or set SKAFFOLD)' : ''

  /** What skaffold itself says of a way. */
  function ask(way: { readonly name: string }, ...args: string[]): string {
    const profile = way.name === 'no profile' ? [] : ['--profile', way.name]
    const all = [...args, '--interactive=false', ...profile]
    const { status, stdout, stderr } = spawnSync(skaffold ?? '', all, {
      cwd: root,
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
    return stdout
  }

  whenThere.each(ways)(`is accepted by skaffold itself with $name${why}`, (way) => {
    expect(ask(way, 'diagnose', '--yaml-only')).toContain('apiVersion: skaffold/v4beta14')
  })

  whenThere.each(ways)(
    `with $name deploys what was built, says skaffold itself${why}`,
    async (way) => {
      const [{ image } = { image: '' }] = way.artifacts
      const tag = `registry.example/${image}:1@sha256:${'0'.repeat(64)}`
      const folder = await mkdtemp(join(tmpdir(), 'nowcast-'))
      try {
        const builds = join(folder, 'builds.json')
        await writeFile(builds, JSON.stringify({ builds: [{ imageName: image, tag }] }))
        const args = ['--offline', '--digest-source=tag', '--build-artifacts', builds]
        const services = servicesIn(parseDocuments(ask(way, 'render', ...args)))
        expect(services.map(({ container }) => container.image)).toEqual(services.map(() => tag))
        expect(services.length).toBeGreaterThan(0)
      } finally {
        await rm(folder, { recursive: true })
      }
    },
  )
})

whenRendered(`what skaffold deploys${because}`, () => {
  it.each(ways)('with $name has no image but the one it builds', async (way) => {
    const images = (await servicesOf(way)).map(({ container }) => container.image)
    expect([...new Set(images)]).toEqual(way.artifacts.map(({ image }) => image))
  })

  it.each(ways)('with $name is every function', async (way) => {
    const names = (await servicesOf(way)).map(({ name }) => name)
    expect(names.toSorted()).toEqual(
      globSync('functions/*/service.yaml', { cwd: root })
        .map((path) => dirname(path).slice('functions/'.length))
        .toSorted(),
    )
  })

  it.each(ways)(
    'with $name is functions and sources: no topic, no store, no Secret',
    async (way) => {
      const kinds = (await documentsOf(way)).map(({ kind }) => kind)
      const may = [
        'ConfigMap',
        'KafkaSink',
        'KafkaSource',
        'NetworkPolicy',
        'PingSource',
        'Service',
      ]
      expect(kinds.filter((kind) => !may.includes(kind))).toEqual([])
    },
  )

  it.each(ways)('with $name has no KafkaSink whose end would be that of its topic', async (way) => {
    // A KafkaSink with both of them makes its topic, and deletes it.
    const sinks = (await documentsOf(way)).filter(({ kind }) => kind === 'KafkaSink')
    expect(sinks.length).toBeGreaterThan(0)
    for (const { spec } of sinks) {
      expect(spec).not.toHaveProperty('numPartitions')
      expect(spec).not.toHaveProperty('replicationFactor')
    }
  })

  it.each(ways)('with $name has a writable root only in a loop', async (way) => {
    for (const { container } of await servicesOf(way)) {
      expect(container.securityContext.readOnlyRootFilesystem).toBe(!LOOPS.includes(way.name))
    }
  })

  it.each(ways)(
    'with $name may sleep unless in a loop, which needs a running container',
    async (way) => {
      for (const { annotations } of await servicesOf(way)) {
        const minimum = annotations['autoscaling.knative.dev/min-scale']
        expect(minimum).toBe(LOOPS.includes(way.name) ? '1' : undefined)
      }
    },
  )

  it.each(loops)('with $name differs from the overlay in nothing else', async (way) => {
    const plain = await servicesOf({ paths: ['platform/overlays/dev/functions'] })
    const [image] = way.artifacts.map((one) => one.image)
    const expected = plain.map(({ container, rest, annotations, ...service }) => {
      const [program, entry] = container.command
      const changed = {
        ...container,
        image,
        command: [program, '--watch', '--inspect=127.0.0.1:9229', entry],
        securityContext: { ...container.securityContext, readOnlyRootFilesystem: false },
      }
      return {
        ...service,
        annotations: { ...annotations, 'autoscaling.knative.dev/min-scale': '1' },
        container: changed,
        rest: { ...rest, containers: [changed] },
      }
    })
    expect(await servicesOf(way)).toEqual(expected)
  })

  it.each(loops)('with $name leads a port of this machine to each inspector', async (way) => {
    const documents = await documentsOf(way)
    const selected = way.portForward.map(({ resourceName, port }) => {
      const service = documents.find(
        ({ apiVersion, kind, metadata }) =>
          apiVersion === 'v1' && kind === 'Service' && metadata.name === resourceName,
      )
      return z
        .object({
          selector: z.object({ 'serving.knative.dev/service': z.string() }),
          ports: z.tuple([z.looseObject({ port: z.literal(port) })]),
        })
        .parse(service?.['spec']).selector['serving.knative.dev/service']
    })
    expect(selected).toEqual((await servicesOf(way)).map(({ name }) => name))
    expect(new Set(way.portForward.map(({ localPort }) => localPort)).size).toBe(selected.length)
  })
})
