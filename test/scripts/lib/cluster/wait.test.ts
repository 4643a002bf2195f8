import { describe, expect, it } from '@jest/globals'

import { awaitCondition } from '../../../../scripts/lib/cluster/wait.ts'

const LONG_MS = 60_000

/** Gives the sentences in turn, then undefined. */
function missing(sentences: string[]): () => Promise<string | undefined> {
  return () => Promise.resolve(sentences.shift())
}

describe('waiting for a condition', () => {
  it('says what is missing when that changes, and ends when nothing is', async () => {
    const said: string[] = []
    await awaitCondition(missing(['one', 'one', 'two']), LONG_MS, (sentence) => said.push(sentence))
    expect(said).toEqual(['one', 'two'])
  })

  it('says nothing when nothing is missing', async () => {
    const said: string[] = []
    await awaitCondition(missing([]), LONG_MS, (sentence) => said.push(sentence))
    expect(said).toEqual([])
  })

  it('asks once more at its deadline, then fails with what was missing', async () => {
    let asked = 0
    const never = (): Promise<string> => Promise.resolve(`still ${(asked += 1)}`)
    await expect(awaitCondition(never, 0, () => undefined)).rejects.toThrow(
      /^not so after 0 s: still \d+$/,
    )
    expect(asked).toBeGreaterThan(0)
  })
})
