import process from 'node:process'
import { text } from 'node:stream/consumers'
import { expect, it } from '@jest/globals'
import { run } from '../../../../../platform/local/parts/service/process.ts'
import { eventually } from '../../../../support/eventually.ts'
import { isAlive } from '../../../../support/service-bench.ts'

const PATH = process.env['PATH'] ?? ''

it.each([
  { name: 'its exit code', script: 'exit 3', exit: { code: 3, words: 'exit code 3' } },
  { name: 'success', script: 'exit 0', exit: { code: 0, words: 'exit code 0' } },
  {
    name: 'the signal that ended it',
    script: 'kill -9 $$',
    exit: { code: undefined, words: 'signal SIGKILL' },
  },
])('tells $name', async ({ script, exit }) => {
  expect(await start(['sh', '-c', script]).ended).toEqual(exit)
})

it('tells that there is no such command', async () => {
  expect((await start(['no-such-command-here']).ended).words).toBe(
    'exit code 127 (no such command)',
  )
})

it('tells that its folder is not there', async () => {
  const running = run({ command: ['true'], folder: '/no/such/folder', variables: { PATH } })
  expect((await running.ended).words).toBe('no start: there is no folder /no/such/folder')
})

it('gives it the variables it is given and no others, whatever their names', async () => {
  const running = start(['node', '-p', 'JSON.stringify(process.env)'], { 'ca.crt': 'x y', A: '$B' })
  const printed: unknown = JSON.parse(await text(running.stdout))
  expect(printed).toMatchObject({ 'ca.crt': 'x y', A: '$B', PATH })
  const names = Object.keys(printed ?? {}).filter((name) => !SHELLS_OWN.has(name))
  expect(names.toSorted()).toEqual(['A', 'PATH', 'ca.crt'])
})

it('is the process whose pid it tells', async () => {
  const running = start(['node', '-p', 'process.pid'])
  expect(Number(await text(running.stdout))).toBe(running.pid)
})

it('leaves nothing of what the command started, even if the command did', async () => {
  const running = start(['sh', '-c', 'sleep 1000 & echo $!; exit 0'])
  const pid = Number(await text(running.stdout))
  await running.ended
  await eventually(() => !isAlive(pid))
})

it('kills a command that ignores SIGTERM, with what it started', async () => {
  const running = start(['sh', '-c', "trap '' TERM; sleep 1000 & echo $!; wait; wait"])
  const pid = await firstLine(running.stdout)
  running.terminate()
  expect(isAlive(Number(pid))).toBe(true)
  running.kill()
  expect((await running.ended).words).toBe('signal SIGKILL')
  await eventually(() => !isAlive(Number(pid)))
})

// What a shell adds by itself on the way to the command (dash: nothing or PWD, bash: all).
const SHELLS_OWN: ReadonlySet<string> = new Set([
  'PWD',
  'OLDPWD',
  'SHLVL',
  '_',
  '__CF_USER_TEXT_ENCODING',
])

function start(command: string[], variables: Record<string, string> = {}) {
  const running = run({ command, folder: '/', variables: { PATH, ...variables } })
  running.stderr.resume()
  return running
}

async function firstLine(stream: AsyncIterable<Buffer>): Promise<string> {
  for await (const chunk of stream) return chunk.toString().trim()
  return ''
}
