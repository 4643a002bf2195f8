import { spawn, spawnSync } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env as environment, stderr } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Copy } from 'dockerfile-ast'
import { parse } from 'yaml'
import { z } from 'zod'

import { exitCode } from './support/cli.ts'
import { buildImage, readContextFilter, readStages } from './support/dockerfile.ts'
import type { Image } from './support/dockerfile.ts'
import { plainRequest } from './support/plain-request.ts'
import { startRecordingSink } from './support/recording-sink.ts'
import type { RecordingSink } from './support/recording-sink.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): unknown => parse(readFileSync(join(root, path), 'utf8'))

const { devDependencies } = z
  .object({ devDependencies: z.object({ node: z.string() }) })
  .parse(read('package.json'))
const stages = readStages(readFileSync(join(root, 'Dockerfile'), 'utf8'))

const serviceSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.tuple([
          z.object({
            command: z.array(z.string()),
            env: z.array(z.object({ name: z.string(), value: z.string().optional() })),
          }),
        ]),
      }),
    }),
  }),
})
const services = globSync('functions/*/service.yaml', { cwd: root })
  .toSorted()
  .map((file) => serviceSchema.parse(read(file)))
  .map(({ metadata, spec }) => ({ name: metadata.name, ...spec.template.spec.containers[0] }))

const modelsSchema = z.object({ data: z.object({ 'models.yaml': z.string() }) })

let scratch: string
let image: Image
let sink: RecordingSink
/** Values for the settings that a service.yaml takes from the cluster. */
let settings: Record<string, string>
const figures: string[] = []

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'nowcast-image-'))
  sink = await startRecordingSink()
  image = await buildImage(root, scratch)
  const models = join(scratch, 'models.yaml')
  await writeFile(models, modelsSchema.parse(read('eventing/models.yaml')).data['models.yaml'])
  settings = {
    EVENTS_URL: sink.url,
    DATABASE_URL: `sqlite:${join(scratch, 'store.db')}`,
    MODELS_FILE: models,
  }
  const files = filesIn(image.path('.'))
  const bytes = files.reduce((sum, file) => sum + statSync(image.path(file)).size, 0)
  figures.push(`${files.length} files of ${(bytes / 1e6).toFixed(1)} MB beside Node itself`)
}, 180_000)

afterAll(async () => {
  stderr.write(`The image: ${figures.join('; ')}\n`)
  await sink.close()
  await rm(scratch, { recursive: true })
})

/** Every file below a folder, relative to it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted()
}

/** What an image must not change once it is built. Node leaves its compile cache alone where it cannot write. */
const fixed = (): string[] =>
  filesIn(image.path('.')).filter((file) => !file.startsWith('.compile-cache/'))

describe('the Dockerfile', () => {
  const bases = stages.filter(({ base }) => !stages.some(({ name }) => name === base))
  const from = `node:${devDependencies.node}-slim`

  it.each(bases)('builds stage $name on the Node that the tests run on', ({ base }) => {
    expect(base).toBe(from)
  })

  it('says so in its labels, and under which licence it stands', () => {
    expect(image.labels).toMatchObject({
      'org.opencontainers.image.title': 'nowcast',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.base.name': `docker.io/library/${from}`,
    })
  })

  it('runs processes as a number, which is how Kubernetes knows that it is not root', () => {
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  })

  it('starts Node without a shell, which would keep SIGTERM for itself', () => {
    expect(image.entrypoint).toEqual(['node'])
  })

  it('gives files to the user of its processes in the stage for `skaffold dev` alone', () => {
    const owned = stages.flatMap(({ name, instructions }) =>
      instructions
        .filter((instruction) => instruction instanceof Copy)
        .flatMap((copy) => copy.getFlags())
        .filter((flag) => flag.getName() === 'chown')
        .map((flag) => ({ name, owner: flag.getValue() })),
    )
    expect(owned).toEqual([{ name: 'dev', owner: image.user }])
    expect(stages.at(-1)?.base).not.toBe('dev')
  })

  it('has tar write into files that are there: Node does not see a file put in the place of one', () => {
    const set = stages
      .find(({ name }) => name === 'dev')
      ?.instructions.filter((instruction) => instruction.getKeyword() === 'ENV')
      .map((instruction) => instruction.getArgumentsContent())
    expect(set).toEqual(['TAR_OPTIONS=--overwrite'])
  })
})

describe('the context of a build', () => {
  it.each([
    ['package.json', true],
    ['package-lock.json', true],
    ['.npmrc', true],
    ['functions/lib/edge.ts', true],
    ['functions/predict/service.yaml', false],
    ['functions/kustomization.yaml', false],
    ['.git/config', false],
    ['.nowcast/log.db', false],
    ['node_modules/zod/package.json', false],
    ['platform/secrets.yaml', false],
    ['test/dockerfile.test.ts', false],
    ['README.md', false],
  ])('has %s: %s', async (path, isLetIn) => {
    expect((await readContextFilter(root))(path)).toBe(isLetIn)
  })
})

describe('the image', () => {
  it('holds the functions, their packages and their compiled modules, and nothing else', () => {
    expect(readdirSync(image.path('.')).toSorted()).toEqual([
      '.compile-cache',
      'functions',
      'node_modules',
      'package.json',
    ])
    expect(filesIn(image.path('functions')).filter((file) => !file.endsWith('.ts'))).toEqual([])
  })

  it('holds every package of production and none of development', async () => {
    const packages = z.object({
      packages: z.record(
        z.string(),
        z.object({
          dev: z.boolean().optional(),
          optional: z.boolean().optional(),
          devOptional: z.boolean().optional(),
        }),
      ),
    })
    const lock = packages.parse(
      JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')),
    ).packages
    const wrong = Object.entries(lock)
      .filter(([path, { optional, devOptional }]) => path !== '' && !optional && !devOptional)
      .filter(([path, { dev }]) => existsSync(image.path(path)) === (dev === true))
    expect(wrong).toEqual([])
  })

  it('holds what of TensorFlow.js fits networks, and nothing for browsers and debuggers', () => {
    const fit = `import { loadTensorflow } from './functions/lib/networks/tensorflow.ts'
      const tf = await loadTensorflow(() => undefined)
      process.stdout.write(tf.getBackend() + ' ' + tf.tidy(() => tf.scalar(2).square().dataSync()[0]))`
    const { stdout, stderr: said } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', fit],
      { cwd: image.path('.'), encoding: 'utf8' },
    )
    expect([stdout, said]).toEqual(['wasm 4', ''])
    const packages = filesIn(image.path('node_modules/@tensorflow'))
    expect(packages.filter((file) => /\.map$|\.min\.js$|\.es2017\.js$/.test(file))).toEqual([])
  })

  const tick = { type: 'dev.knative.sources.ping', data: {} }
  const rows = [{ timestamp: '2026-01-01T00:00:00Z', feat_0: 1 }]
  const stored = { ...rows[0], features: {}, target: 1, predictions: {}, cause: 'target' }
  const error = { version: 0, horizon: 0, error: 1, ypred_: 0, ytrue_: 1 }
  const scored = { ...rows[0], model: 'm', ...error, late: false }
  const requests: Record<string, { type: string; data: unknown } | string> = {
    evaluate: { type: 'dev.nowcast.error', data: { rows: [scored] } },
    persist: { type: 'dev.nowcast.features', data: { rows } },
    predict: '/models',
    score: { type: 'dev.nowcast.row', data: { rows: [{ series: 's', ...stored }] } },
    simulate: { ...tick, data: { seed: 1 } },
    train: tick,
  }

  it.each(services)(
    'runs $name as its service.yaml says: ready, answers, publishes, ends on SIGTERM, changes no file',
    async ({ name, command, env }) => {
      const before = fixed()
      const began = performance.now()
      const [program = '', ...args] = command
      expect([program]).toEqual(image.entrypoint)
      const child = spawn(program, args, {
        cwd: image.path('.'),
        env: {
          PATH: environment['PATH'],
          ...image.env(),
          ...Object.fromEntries(env.map((one) => [one.name, settings[one.name] ?? one.value])),
          HOST: '127.0.0.1',
          PORT: '0',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      try {
        const port = await portOf(child.stdout)
        expect((await plainRequest(port, { path: '/readyz' })).status).toBe(200)
        figures.push(`${name} ready in ${Math.round(performance.now() - began)} ms`)

        const request = requests[name]
        const answer =
          typeof request === 'string'
            ? await plainRequest(port, { path: request })
            : await plainRequest(
                port,
                { headers: headersOf(request) },
                JSON.stringify(request?.data),
              )
        expect([answer.status, answer.text]).toEqual(
          typeof request === 'string' ? [200, '[]'] : [204, ''],
        )
        const published = sink.events
          .filter(({ attributes }) => attributes['source'] === `/nowcast/functions/${name}`)
          .map(({ attributes }) => attributes['type'])
        expect(published).toEqual(
          name === 'simulate' ? ['dev.nowcast.features', 'dev.nowcast.target'] : [],
        )
      } finally {
        child.kill('SIGTERM')
      }
      expect(await exitCode(child)).toBe(0)
      expect(fixed()).toEqual(before)
    },
    60_000,
  )
})

function headersOf(request: { type: string } | undefined): Record<string, string> {
  return {
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-id': '1',
    'ce-source': '/test',
    'ce-type': request?.type ?? '',
    'ce-time': '2026-01-01T00:00:00Z',
  }
}

const listening = z.object({
  fact: z.literal('listening'),
  address: z.object({ port: z.number() }),
})

/** The port in the line with which a function says that it listens. */
async function portOf(stdout: NodeJS.ReadableStream): Promise<number> {
  const lines: string[] = []
  for await (const line of createInterface({ input: stdout })) {
    const said = listening.safeParse(JSON.parse(line))
    if (said.success) return said.data.address.port
    lines.push(line)
  }
  throw new Error(`it ended before it listened: ${lines.join('\n')}`)
}
