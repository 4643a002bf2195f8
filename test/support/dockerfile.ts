import { spawn } from 'node:child_process'
import { cp, mkdir, readFile } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { env as environment } from 'node:process'
import { text } from 'node:stream/consumers'
import dockerignore from '@balena/dockerignore'
import { Copy, DockerfileParser, From, JSONInstruction, PropertyInstruction } from 'dockerfile-ast'
import type { Instruction } from 'dockerfile-ast'

import { exitCode } from './cli.ts'

/** A stage of a Dockerfile, read but not run. */
export interface Stage {
  readonly name: string
  /** An image, or the name of a stage before it. */
  readonly base: string
  readonly instructions: readonly Instruction[]
}

/** An image made without a container engine: a folder that stands for its root, and how its processes are started. */
export interface Image {
  /** A path in the image as a path here; one that is not absolute is in its working folder. */
  path(inImage: string): string
  /** Its environment; a value that is a path in the working folder is one here. */
  env(): Record<string, string>
  readonly workdir: string
  readonly labels: Readonly<Record<string, string>>
  readonly user: string
  /** Undefined when there is none in exec form. */
  readonly entrypoint: readonly string[] | undefined
}

/** Reads a Dockerfile. A stage without a name goes by its number, as in Docker. */
export function readStages(dockerfile: string): Stage[] {
  const stages: (Stage & { readonly instructions: Instruction[] })[] = []
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    if (instruction instanceof From) {
      const name = instruction.getBuildStage() ?? String(stages.length)
      stages.push({ name, base: instruction.getImage() ?? '', instructions: [] })
    } else stages.at(-1)?.instructions.push(instruction)
  }
  return stages
}

/** Whether `.dockerignore` lets a path, relative to the folder, into the context of a build. */
export async function readContextFilter(folder: string): Promise<(path: string) => boolean> {
  const rules = await readFile(join(folder, '.dockerignore'), 'utf8')
  return dockerignore.default().add(rules.split('\n')).createFilter()
}

/**
 * Builds the last stage, and those it needs, each in a folder below `scratch`, with `folder` as context. Commands run as
 * they are written, with this machine's programs and by this process's user; an image from elsewhere counts as empty, and
 * owners are not set.
 *
 * Rejects when it meets an instruction that it does not know, or a command fails: the error holds its output.
 */
export async function buildImage(folder: string, scratch: string): Promise<Image> {
  const stages = readStages(await readFile(join(folder, 'Dockerfile'), 'utf8'))
  const isInContext = await readContextFilter(folder)
  const built = new Map<string, Draft>()

  async function build(name: string): Promise<Draft> {
    const before = built.get(name)
    if (before !== undefined) return before
    const stage = stages.find((one) => one.name === name)
    if (stage === undefined) throw new Error(`the Dockerfile has no stage ${name}`)
    const base = stages.some((one) => one.name === stage.base) ? await build(stage.base) : undefined
    const image = await startDraft(join(scratch, name), base)
    built.set(name, image)
    for (const instruction of stage.instructions) await obey(image, instruction)
    return image
  }

  async function obey(image: Draft, instruction: Instruction): Promise<void> {
    const words = instruction.getArguments().map((argument) => argument.getValue())
    switch (instruction.getKeyword()) {
      case 'WORKDIR':
        image.workdir = words.join(' ')
        await mkdir(image.path(image.workdir), { recursive: true })
        return
      case 'COPY':
        await copy(image, instruction, words)
        return
      case 'RUN':
        await run(image, instruction.getRawArgumentsContent() ?? '')
        return
      case 'ENV':
        Object.assign(image.settings, propertiesOf(instruction))
        return
      case 'LABEL':
        Object.assign(image.labels, propertiesOf(instruction))
        return
      case 'USER':
        image.user = words.join(' ')
        return
      case 'ENTRYPOINT':
        image.entrypoint = execFormOf(instruction)
        return
      default:
        throw new Error(`Dockerfile: no test runs ${instruction.toString()}`)
    }
  }

  async function copy(image: Draft, instruction: Instruction, words: string[]): Promise<void> {
    const stage = instruction instanceof Copy ? instruction.getFromFlag()?.getValue() : undefined
    const from = typeof stage === 'string' ? await build(stage) : undefined
    const destination = words.at(-1) ?? ''
    for (const source of words.slice(0, -1)) {
      const inside = destination.endsWith('/') ? join(destination, basename(source)) : destination
      await cp(from?.path(source) ?? join(folder, source), image.path(inside), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => from !== undefined || isInContext(relative(folder, path)),
      })
    }
  }

  return build(stages.at(-1)?.name ?? '')
}

/** An image while it is built. */
interface Draft extends Image {
  workdir: string
  user: string
  entrypoint: readonly string[] | undefined
  readonly settings: Record<string, string>
  readonly labels: Record<string, string>
}

async function startDraft(root: string, base: Draft | undefined): Promise<Draft> {
  await mkdir(root, { recursive: true })
  if (base !== undefined)
    await cp(base.path('/'), root, { recursive: true, verbatimSymlinks: true })
  const image: Draft = {
    path: (inImage) => join(root, resolve('/', image.workdir, inImage)),
    env: () =>
      Object.fromEntries(
        Object.entries(image.settings).map(([name, value]) => [
          name,
          value.startsWith(`${image.workdir}/`) ? image.path(value) : value,
        ]),
      ),
    workdir: base?.workdir ?? '/',
    user: base?.user ?? 'root',
    entrypoint: base?.entrypoint,
    settings: { ...base?.settings },
    labels: { ...base?.labels },
  }
  return image
}

async function run(image: Draft, command: string): Promise<void> {
  const child = spawn('/bin/sh', ['-c', command], {
    cwd: image.path('.'),
    env: { ...environment, ...image.env() },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exitCode(child),
  ])
  if (code !== 0) throw new Error(`RUN ${command}: exit ${code}\n${stdout}${stderr}`)
}

function propertiesOf(instruction: Instruction): Record<string, string> {
  if (!(instruction instanceof PropertyInstruction)) return {}
  return Object.fromEntries(
    instruction.getProperties().map((one) => [one.getName(), one.getValue() ?? '']),
  )
}

function execFormOf(instruction: Instruction): readonly string[] | undefined {
  if (!(instruction instanceof JSONInstruction)) return undefined
  const words = instruction.getJSONStrings().map((word) => word.getJSONValue())
  return words.length === 0 ? undefined : words
}
