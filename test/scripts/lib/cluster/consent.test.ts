import { PassThrough } from 'node:stream'
import { describe, expect, it } from '@jest/globals'

import { askConsent } from '../../../../scripts/lib/cluster/consent.ts'
import type { Terminal } from '../../../../scripts/lib/cluster/consent.ts'

function terminal(answer: string): Terminal {
  const input = Object.assign(new PassThrough(), { isTTY: true })
  input.write(answer)
  return { input, output: new PassThrough() }
}

describe('consent', () => {
  it('is given by the word that is asked for', async () => {
    await expect(askConsent(terminal('nowcast\n'), 'Delete?', 'nowcast')).resolves.toBeUndefined()
  })

  it.each(['yes\n', '\n'])('is not given by %j', async (answer) => {
    await expect(askConsent(terminal(answer), 'Delete?', 'nowcast')).rejects.toThrow(
      'Nothing was deleted.',
    )
  })

  it('is not given where nobody can be asked', async () => {
    const nobody = { input: new PassThrough(), output: new PassThrough() }
    await expect(askConsent(nobody, 'Delete?', 'nowcast')).rejects.toThrow(/Nobody is here to ask/)
  })
})
