import { describe, expect, it } from '@jest/globals'

import { openShell } from '../../../../scripts/lib/cluster/shell.ts'

const printed: string[] = []
const shell = openShell(false, (line) => printed.push(line))

describe('a shell', () => {
  it('hands every value over as it is, a list as several words', async () => {
    const words = ['a b', "it's", '$HOME', '']
    expect(await shell.ask`printf '%s|' ${words} ${'; exit 3'}`).toBe("a b|it's|$HOME||; exit 3|")
  })

  it('throws a sentence with what a failed command said', async () => {
    await expect(shell.ask`sh -c ${'echo no disk >&2; exit 3'}`).rejects.toThrow(
      /^sh -c .* failed:\n {2}no disk$/,
    )
  })

  it('takes "not found" for an answer where a thing is looked for, and nothing else', async () => {
    expect(await shell.find`sh -c ${'echo NOT_FOUND >&2; exit 1'}`).toBeUndefined()
    await expect(shell.find`sh -c ${'echo no permission >&2; exit 1'}`).rejects.toThrow(
      /no permission/,
    )
  })

  it('says that a program is missing instead of taking it for an answer', async () => {
    await expect(shell.find`no-such-program-here --version`).rejects.toThrow(
      'no-such-program-here is not installed, or not on PATH; install it',
    )
  })

  it('quotes nothing that is to be hidden', async () => {
    const failed = shell.change({ input: 'hush', hidden: ['hush'] })`sh -c ${'cat >&2; exit 1'}`
    await expect(failed).rejects.toThrow(/failed:\n {2}…$/)
  })

  it('prints a change instead of making it in a dry run', async () => {
    const lines: string[] = []
    const dry = openShell(true, (line) => lines.push(line))
    expect(await dry.change({ input: 'secret', shown: 'kind: Secret' })`false ${'a b'}`).toBe('')
    expect(lines).toEqual(["$ false $'a b'", 'kind: Secret'])
  })
})
