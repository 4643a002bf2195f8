import { createHash } from 'node:crypto'
import { globSync, readFileSync, statSync } from 'node:fs'

import { CommandFailure } from '../failure.ts'
import type { Place } from './gke.ts'
import type { Shell } from './shell.ts'
import type { Step } from './story.ts'

/** How manifests call the functions' image. */
export const IMAGE_NAME = 'nowcast'

/** What the image is made of: its tag is a hash of it, so the same sources are built once. */
const SOURCES = ['Dockerfile', '.dockerignore', 'package.json', 'package-lock.json', 'functions/**']

const REPOSITORY = 'nowcast'

/** The functions' image as it is deployed. */
export interface Image extends Step {
  /** By digest, so that a Revision is what was built and nothing else. Throws when there is no such image. */
  reference(): Promise<string>
}

/** An image that exists: it is deployed as it is named. */
export function namedImage(reference: string): Image {
  return {
    already: () => Promise.resolve(true),
    act: () => Promise.resolve(),
    reference: () => Promise.resolve(reference),
  }
}

/** The image of this folder, built by Cloud Build and kept in the project's registry. */
export function builtImage(shell: Shell, place: () => Promise<Place>): Image {
  const find = async (): Promise<string | undefined> => {
    const { project, image, tagged } = await addressOf(place)
    const digest =
      await shell.find`gcloud artifacts docker images describe ${tagged} --project ${project} --format ${'value(image_summary.digest)'}`
    if (digest === undefined) return undefined
    if (/^sha256:[0-9a-f]{64}$/.test(digest)) return `${image}@${digest}`
    throw new CommandFailure(`${tagged} has no digest, but "${digest}"`)
  }
  return {
    already: async () => (await find()) !== undefined,
    async act() {
      const { project, tagged, where } = await addressOf(place)
      const repository = shell.isDryRun
        ? undefined
        : await shell.find`gcloud artifacts repositories describe ${REPOSITORY} ${where} --format ${'value(name)'}`
      if (repository === undefined) {
        await shell.change()`gcloud artifacts repositories create ${REPOSITORY} ${where} --repository-format docker`
      }
      await shell.change()`gcloud builds submit . --tag ${tagged} --project ${project}`
    },
    async reference() {
      const { tagged } = await addressOf(place)
      const reference = shell.isDryRun ? tagged : await find()
      if (reference !== undefined) return reference
      throw new CommandFailure(
        `${tagged} was not built; run the step "image", or name another with --image`,
      )
    },
  }
}

async function addressOf(place: () => Promise<Place>): Promise<{
  readonly project: string
  readonly image: string
  readonly tagged: string
  readonly where: readonly string[]
}> {
  const { project, region } = await place()
  const image = `${region}-docker.pkg.dev/${project}/${REPOSITORY}/${IMAGE_NAME}`
  const where = ['--location', region, '--project', project]
  return { project, image, tagged: `${image}:${sourceHash('.')}`, where }
}

/** A short name for what the image would be built from in a folder. */
export function sourceHash(folder: string): string {
  const files = globSync(SOURCES, { cwd: folder }).filter((file) =>
    statSync(`${folder}/${file}`).isFile(),
  )
  const hash = createHash('sha256')
  for (const file of files.toSorted()) {
    hash
      .update(`${file.replaceAll('\\', '/')}\0`)
      .update(readFileSync(`${folder}/${file}`))
      .update('\0')
  }
  return hash.digest('hex').slice(0, 16)
}
