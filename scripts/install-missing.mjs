// Runs before `npm start` and `npm test`, on any Node from 20 on: installs what the lock file names and is not there.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import process from 'node:process'

const root = new URL('..', import.meta.url)

if (!isInstalled()) {
  console.error('Installing the packages of package-lock.json …')
  const { status } = spawnSync('npm', ['ci', '--include=dev', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error('The packages could not be installed: see above, then try `npm ci` again.')
    process.exit(status ?? 1)
  }
}

/** Whether npm's own record of what it installed has every version of the lock file, but for optional packages. */
function isInstalled() {
  const wanted = packagesIn('package-lock.json')
  const installed = packagesIn('node_modules/.package-lock.json')
  return (
    installed !== undefined &&
    Object.entries(wanted ?? {}).every(
      ([path, { version, optional }]) =>
        path === '' || optional || installed[path]?.version === version,
    )
  )
}

/** @param {string} file @returns {Record<string, { version?: string, optional?: boolean }> | undefined} */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(new URL(file, root), 'utf8')).packages
  } catch {
    return undefined
  }
}
