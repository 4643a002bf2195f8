import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { expect, it } from '@jest/globals'
import { LONGEST_LINE, readLines } from '../../../../../platform/local/parts/service/lines.ts'

it.each([
  { name: 'one a line', chunks: ['a\nb\n'], lines: ['a', 'b'] },
  { name: 'a line that comes in pieces', chunks: ['on', 'e\ntw', 'o\n'], lines: ['one', 'two'] },
  { name: 'a last line without its end', chunks: ['a\nb'], lines: ['a', 'b'] },
  { name: 'the line ends of Windows', chunks: ['a\r\nb\r\n'], lines: ['a', 'b'] },
  { name: 'no empty lines', chunks: ['\n\na\n\n'], lines: ['a'] },
  {
    name: 'a letter cut in two',
    chunks: [
      [0x68, 0xc3],
      [0xa9, 0x0a],
    ],
    lines: ['hé'],
  },
])('reads $name', async ({ chunks, lines }) => {
  expect(await linesOf(chunks.map((chunk) => Buffer.from(chunk)))).toEqual(lines)
})

it('cuts a line that is too long and goes on with the next', async () => {
  const [long = '', next] = await linesOf([
    ...Array.from({ length: 100 }, () => Buffer.alloc(10_000, 'x')),
    Buffer.from('\nnext\n'),
  ])
  expect(long.length).toBeLessThan(LONGEST_LINE + 20)
  expect(long).toMatch(/x … \(cut\)$/)
  expect(next).toBe('next')
})

async function linesOf(chunks: readonly Buffer[]): Promise<string[]> {
  const lines: string[] = []
  const stream = new PassThrough()
  readLines(stream, (line) => lines.push(line))
  for (const chunk of chunks) stream.write(chunk)
  stream.end()
  await finished(stream)
  return lines
}
