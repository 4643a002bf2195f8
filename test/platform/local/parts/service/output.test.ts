import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { expect, it } from '@jest/globals'
import { readOutput } from '../../../../../platform/local/parts/service/output.ts'

it.each([
  {
    name: 'a JSON line with level and fact is that fact',
    on: 'stdout',
    line: '{"level":"error","fact":"row refused","event":"e1"}',
    told: ['error', 'predict', 'row refused', { event: 'e1' }],
  },
  {
    name: 'another line of stdout is an info',
    on: 'stdout',
    line: 'listening',
    told: ['info', 'predict', 'listening'],
  },
  {
    name: 'another line of stderr is a warning',
    on: 'stderr',
    line: 'deprecated',
    told: ['warn', 'predict', 'deprecated'],
  },
  {
    name: 'JSON of another kind stays text',
    on: 'stdout',
    line: '{"level":"loud","fact":"x"}',
    told: ['info', 'predict', '{"level":"loud","fact":"x"}'],
  },
  { name: 'a brace is no JSON yet', on: 'stdout', line: '{', told: ['info', 'predict', '{'] },
])('$name', async ({ on, line, told }) => {
  const { facts } = await print(on, [line])
  expect(facts).toEqual([told])
})

it('keeps the last thirty lines of stderr, cut to a readable length', async () => {
  const { last } = await print(
    'stderr',
    [...Array(40).keys()].map((n) => `${n} ${'x'.repeat(900)}`),
  )
  expect(last).toHaveLength(30)
  expect(last.at(-1)).toMatch(/^39 x+$/)
  expect(last.at(-1)).toHaveLength(500)
})

async function print(on: string, lines: readonly string[]) {
  const facts: unknown[] = []
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() }
  const last = readOutput('predict', streams, (...fact) => facts.push(fact))
  const stream = on === 'stdout' ? streams.stdout : streams.stderr
  stream.end(lines.join('\n'))
  await finished(stream)
  return { facts, last: last() }
}
