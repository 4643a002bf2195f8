import { realpathSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { expect, it } from '@jest/globals'
import { changedFiles, readCode } from '../../../../platform/local/reload/code.ts'
import { manifestFolder } from '../../../support/manifest-folder.ts'
import { serviceManifest } from '../../../support/service-bench.ts'

const FILES = {
  'functions/score/index.ts': `
    import { onRow } from './handler.ts'
    import type { Rows } from "../lib/ports/rows.ts"
    import process from 'node:process'
    import { z } from 'zod'
    import '../lib/side-effect.js'`,
  'functions/score/handler.ts': `export {
      one,
      two,
    } from '../lib/many'
    const late = () => import('../lib/late.mjs')
    const data = new URL('./table.csv', import.meta.url)`,
  'functions/score/table.csv': '1,2',
  'functions/lib/ports/rows.ts': 'export interface Rows {}',
  'functions/lib/side-effect.js': `require('./old')`,
  'functions/lib/old.cjs': '',
  'functions/lib/many/index.ts': `export * from '../ports/rows.ts'; import * as self from '../../score/handler.ts'`,
  'functions/lib/late.mjs': '',
  'functions/lib/unrelated.ts': '',
  'functions/train/package.json': '{ "main": "./main.js" }',
  'functions/train/main.js': '',
}

async function filesOf(command: string[], workingDirectory?: string): Promise<string[]> {
  const folder = realpathSync(await manifestFolder(FILES))
  const [code = new Map<string, string>()] = readCode(folder, [
    serviceManifest({ command, workingDirectory }),
  ])
  return [...code.keys()].map((file) => relative(folder, file)).toSorted()
}

const SCORE = [
  'functions/lib/late.mjs',
  'functions/lib/many/index.ts',
  'functions/lib/old.cjs',
  'functions/lib/ports/rows.ts',
  'functions/lib/side-effect.js',
  'functions/score/handler.ts',
  'functions/score/index.ts',
  'functions/score/table.csv',
]

it.each<[string, string[], string | undefined, string[]]>([
  ['a file', ['node', 'functions/score/index.ts'], undefined, SCORE],
  ['an option', ['functions-framework', '--source=functions/score/index.ts'], undefined, SCORE],
  ['a file of its working folder', ['node', 'index.ts'], '/functions/score', SCORE],
  ['a package', ['node', 'functions/train'], undefined, ['functions/train/main.js']],
  ['its working folder', ['node', '.'], 'functions/train', ['functions/train/main.js']],
  ['nothing of the folder', ['sh', '-c', 'true'], undefined, []],
  ['a file outside it', ['node', '/etc/hostname', '../x.js'], undefined, []],
])('is what is imported from %s that the command names', async (_name, command, from, files) => {
  expect(await filesOf(command, from)).toEqual(files)
})

it('differs by what files hold, not by when they were saved', async () => {
  const folder = await manifestFolder({ 'a.js': `import './b.js'`, 'b.js': '1' })
  const read = () =>
    readCode(folder, [serviceManifest({ command: ['node', 'a.js'] })])[0] ??
    new Map<string, string>()
  const before = read()
  await writeFile(join(folder, 'b.js'), '1')
  expect(changedFiles(before, read())).toEqual([])
  await writeFile(join(folder, 'b.js'), '2')
  expect(changedFiles(before, read())).toEqual([realpathSync(join(folder, 'b.js'))])
})

it('waits for a file that is imported and not there', async () => {
  const folder = await manifestFolder({ 'a.js': `import './b.js'` })
  const read = () =>
    readCode(folder, [serviceManifest({ command: ['node', 'a.js'] })])[0] ??
    new Map<string, string>()
  const before = read()
  expect(before.get(join(realpathSync(folder), 'b.js'))).toBe('')
  await writeFile(join(folder, 'b.js'), '1')
  expect(changedFiles(before, read())).toEqual([join(realpathSync(folder), 'b.js')])
})

it('is where a link leads to', async () => {
  const elsewhere = await manifestFolder({ 'real.js': `import './other.js'`, 'other.js': '' })
  const folder = await manifestFolder({})
  await symlink(join(elsewhere, 'real.js'), join(folder, 'index.js'))
  const [code = new Map<string, string>()] = readCode(folder, [
    serviceManifest({ command: ['node', 'index.js'] }),
  ])
  expect([...code.keys()].map((file) => relative(realpathSync(elsewhere), file))).toEqual([
    'real.js',
    'other.js',
  ])
})
