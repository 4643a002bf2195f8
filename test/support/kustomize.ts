import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, delimiter, join, relative, resolve } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseAllDocuments, stringify } from 'yaml'
import { z } from 'zod'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

const document = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
})

/** One rendered manifest. */
export type Document = z.output<typeof document>

/** Command and arguments that render a folder; undefined on a machine without kustomize. */
const command = findKustomize()

/** Why nothing is rendered here; undefined when it is. Cases that render are skipped with it. */
export const WHY_NOT_RENDERED =
  command === undefined
    ? 'needs kustomize: put kustomize or kubectl on PATH, or name one in KUSTOMIZE'
    : undefined

const rendered = new Map<string, Promise<Document[]>>()

/** What a folder of the repository (e.g. `platform/overlays/dev/kafka`) renders to. Each is rendered once for a test file. */
export function render(folder: string): Promise<Document[]> {
  const known = rendered.get(folder) ?? build(resolve(root, folder))
  rendered.set(folder, known)
  return known
}

/** What a folder of the repository renders to with components added, as an overlay that names them would. */
export async function renderWith(
  folder: string,
  components: readonly string[],
): Promise<Document[]> {
  const overlay = await realpath(await mkdtemp(join(tmpdir(), 'nowcast-overlay-')))
  const from = (path: string): string => relative(overlay, resolve(root, path))
  try {
    const kustomization = { resources: [from(folder)], components: components.map(from) }
    await writeFile(join(overlay, 'kustomization.yaml'), stringify(kustomization))
    return await build(overlay)
  } finally {
    await rm(overlay, { recursive: true })
  }
}

async function build(folder: string): Promise<Document[]> {
  if (command === undefined) throw new Error(`${folder} cannot be rendered: ${WHY_NOT_RENDERED}`)
  const [program = '', ...args] = command
  const { stdout } = await run(program, [...args, folder], { maxBuffer: 64 * 1024 * 1024 })
  return parseDocuments(stdout)
}

/** The manifests of a text. */
export function parseDocuments(text: string): Document[] {
  return parseAllDocuments(text)
    .map((each): unknown => each.toJS())
    .filter((value) => value !== null)
    .map((value) => document.parse(value))
}

function findKustomize(): string[] | undefined {
  const asked = env['KUSTOMIZE'] || undefined
  const found = asked ?? onPath('kustomize') ?? onPath('kubectl')
  if (found === undefined) return undefined
  return basename(found).startsWith('kubectl') ? [found, 'kustomize'] : [found, 'build']
}

function onPath(program: string): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}
