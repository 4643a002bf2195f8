import { statSync } from 'node:fs'
import path from 'node:path'

import { CommandFailure } from './failure.ts'

/** The absolute path of a folder that must be there. */
export function existingFolder(folder: string): string {
  const absolute = path.resolve(folder)
  if (statSync(absolute, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CommandFailure(`there is no folder ${absolute}: name one that holds manifests`, 2)
  }
  return absolute
}
