import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { explain, openStateFolder } from '../../../platform/local/state-folder.ts'

/** What the losers are told: the holder's pid, or that it has not written it yet. */
const REFUSED = /^another platform \((pid \d+|which has just started)\) uses the state folder /

let parent: string
let folder: string
let started: ReturnType<typeof rival>[] = []

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'nowcast-state-'))
  folder = path.join(parent, 'deep', '.nowcast')
})

afterEach(async () => {
  // Also when the test failed: Jest would wait for the processes it left.
  for (const each of started) each.kill()
  await Promise.all(started.map((each) => each.gone))
  started = []
  await rm(parent, { recursive: true })
})

it('makes the folder, for its owner only', () => {
  const state = openStateFolder(folder, { fresh: false })
  expect(state.path).toBe(folder)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  state.close()
})

it('refuses a second platform, naming the first and the folder, until it closes', () => {
  const state = openStateFolder(folder, { fresh: false })
  expect(() => openStateFolder(folder, { fresh: false })).toThrow(
    `another platform (pid ${process.pid}) uses the state folder ${folder}; stop it, or start this one in another folder`,
  )
  expect(() => openStateFolder(folder, { fresh: true })).toThrow('another platform')
  state.close()
  openStateFolder(folder, { fresh: false }).close()
})

it('lets exactly one of many win, and the next as soon as that one is killed', async () => {
  const rivals = Array.from({ length: 5 }, rival)
  started.push(...rivals)
  const told = await Promise.all(rivals.map((each) => each.told))
  expect(told.filter((line) => line === 'won')).toHaveLength(1)
  expect(told.filter((line) => REFUSED.test(line))).toHaveLength(4)
  const winner = rivals[told.indexOf('won')]
  expect(() => openStateFolder(folder, { fresh: false })).toThrow(`pid ${winner?.pid}`)
  winner?.kill()
  await winner?.gone
  openStateFolder(folder, { fresh: false }).close()
})

describe('fresh', () => {
  it('drops what an earlier run left', async () => {
    openStateFolder(folder, { fresh: false }).close()
    await mkdir(path.join(folder, 'mounts'))
    await writeFile(path.join(folder, 'mounts', 'file'), '')
    await writeFile(path.join(folder, 'log.db'), '')
    const state = openStateFolder(folder, { fresh: true })
    expect(readdirSync(folder).filter((name) => !name.startsWith('lock.db'))).toEqual([
      'platform.pid',
    ])
    state.close()
  })

  it('touches nothing that another platform uses', async () => {
    const state = openStateFolder(folder, { fresh: false })
    await writeFile(path.join(folder, 'log.db'), '')
    expect(() => openStateFolder(folder, { fresh: true })).toThrow()
    expect(existsSync(path.join(folder, 'log.db'))).toBe(true)
    state.close()
  })

  it('never empties a folder that is somebody else’s', async () => {
    await writeFile(path.join(parent, 'thesis.tex'), '')
    expect(() => openStateFolder(parent, { fresh: true })).toThrow(
      `${parent} is no state folder of nowcast and is not emptied`,
    )
    expect(existsSync(path.join(parent, 'thesis.tex'))).toBe(true)
  })
})

it('tells that a file stands in the way', async () => {
  await writeFile(path.join(parent, 'deep'), '')
  expect(() => openStateFolder(folder, { fresh: false })).toThrow(
    `cannot make the state folder ${folder}: a file stands in its way`,
  )
})

it.each([
  [{ code: 'EROFS' }, /read-only/],
  [{ code: 'EACCES' }, /read-only/],
  [{ code: 'ERR_SQLITE_ERROR', errcode: 14 }, /read-only/],
  [{ code: 'ERR_SQLITE_ERROR', errcode: 8 + 256 }, /read-only/],
  [{ code: 'ENOSPC' }, /disk is full/],
  [{ code: 'ERR_SQLITE_ERROR', errcode: 13 }, /disk is full/],
  [{ code: 'ERR_SQLITE_ERROR', errcode: 5 }, /another platform/],
])('names the folder and the way out for %j', (codes, sentence) => {
  const { message } = explain(Object.assign(new Error('as the system says'), codes), '/state')
  expect(message).toMatch(sentence)
  expect(message).toContain('/state')
})

// Another process that wants the folder, says how that went, and stays.
function rival() {
  const script = `
    import { openStateFolder } from ${JSON.stringify(pathToFileURL(path.resolve('platform/local/state-folder.ts')).href)}
    try { openStateFolder(${JSON.stringify(folder)}, { fresh: false }); console.log('won'); setInterval(() => {}, 1000) }
    catch (error) { console.log(error.message) }
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const told = new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()))
  })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
  })
  return { pid: child.pid, told, gone, kill: () => child.kill('SIGKILL') }
}
