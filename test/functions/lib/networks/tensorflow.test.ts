import { describe, expect, it } from '@jest/globals'

import { loadTensorflow } from '../../../../functions/lib/networks/tensorflow.ts'
import type { Log } from '../../../../functions/lib/ports/log.ts'

describe('the backend of networks', () => {
  it('is the first that works, and one line says which, and why not those before it', async () => {
    const facts: unknown[] = []
    const log: Log = (level, fact, details) => void facts.push({ level, fact, ...details })
    const tf = await loadTensorflow(log)
    const backend = tf.getBackend() === 'tensorflow' ? 'native' : tf.getBackend()
    expect(facts).toEqual([
      {
        level: 'info',
        fact: `networks are fitted on the ${backend} backend`,
        backend,
        without: backend === 'native' ? {} : { native: expect.stringMatching(/./) },
      },
    ])
    expect(['native', 'wasm']).toContain(backend)
  })

  it('is an error when none works', async () => {
    await expect(loadTensorflow(() => undefined, [])).rejects.toThrow('no backend')
  })
})
