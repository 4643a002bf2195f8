import path from 'node:path'
import { describeError } from '../../../functions/lib/log.ts'
import type { Facts } from '../facts.ts'
import { manifestFolders } from '../manifests/files.ts'
import { ofKind } from '../manifests/inventory.ts'
import type { Inventory } from '../manifests/inventory.ts'
import { applyManifests } from './apply.ts'
import type { Parts } from './apply.ts'
import { changedFiles, readCode } from './code.ts'
import type { Code } from './code.ts'
import { nameOf } from './differences.ts'
import { openWatch } from './watch.ts'

export interface ReloadNeeds {
  /** What runs now. */
  readonly inventory: Inventory
  /** Reads the folder's manifests as they are now; rejects when they are wrong. */
  readonly read: () => Promise<Inventory>
  readonly parts: Parts
  /** Called after manifests were applied. */
  readonly onApplied: () => Promise<void>
  readonly facts: Facts
}

/**
 * Follows the files of a folder: saved code makes a new revision of the Services that run it, a saved manifest changes
 * the parts it belongs to. What is wrong changes nothing and is told once.
 */
export async function startReload(needs: ReloadNeeds): Promise<{ close(): Promise<void> }> {
  const { parts, facts } = needs
  let { inventory } = needs
  const { folder } = inventory
  const codeOf = ({ manifests }: Inventory) => {
    const services = ofKind({ folder, manifests }, 'Service')
    const codes = readCode(folder, services)
    return new Map(services.map((service, index) => [nameOf(service), codes[index] ?? new Map()]))
  }
  let code: ReadonlyMap<string, Code> = codeOf(inventory)
  let files: ReadonlySet<string> = new Set()
  let fault: string | undefined

  const watch = openWatch({
    onChange: async () => {
      try {
        await update()
      } catch (error) {
        facts('error', 'platform', `cannot follow the folder: ${describeError(error)}`)
      }
    },
    isOfInterest: (file) => files.has(file) || /\.ya?ml$/.test(file) || path.extname(file) === '',
    onRefusal: (error) =>
      facts(
        'warn',
        'platform',
        `cannot see when files are saved (${error.message}): start again after a change`,
      ),
  })
  const follow = async () => {
    files = new Set([...code.values()].flatMap((each) => [...each.keys()]))
    watch.set(
      new Set([
        ...(await manifestFolders(folder)),
        ...[...files].map((file) => path.dirname(file)),
      ]),
    )
  }
  const readManifests = async (): Promise<Inventory | undefined> => {
    try {
      const read = await needs.read()
      if (fault !== undefined) facts('info', 'platform', 'the manifests are in order again')
      fault = undefined
      return read
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (why !== fault) {
        facts('error', 'platform', `the manifests are wrong, so everything stays as it is:\n${why}`)
      }
      fault = why
      return undefined
    }
  }
  const update = async () => {
    const read = await readManifests()
    let renewed: ReadonlySet<string> = new Set()
    if (read !== undefined) {
      const applied = await applyManifests(inventory, read, parts, facts)
      inventory = applied.inventory
      renewed = applied.renewed
      await needs.onApplied()
    }
    const codeBefore = code
    code = codeOf(inventory)
    for (const service of ofKind(inventory, 'Service')) {
      const name = nameOf(service)
      const changed = changedFiles(codeBefore.get(name) ?? new Map(), code.get(name) ?? new Map())
      // What was renewed runs the code as it is.
      if (changed.length === 0 || renewed.has(name)) continue
      parts.services
        .get(`${service.namespace}/${service.name}`)
        ?.update(service, said(changed, folder))
    }
    await follow()
  }
  await follow()
  return watch
}

function said(changed: readonly string[], folder: string): string {
  const [first = '', ...others] = changed.map((file) => path.relative(folder, file))
  if (others.length === 0) return `${first} was changed`
  return `${first} and ${others.length} more ${others.length === 1 ? 'file' : 'files'} were changed`
}
