import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { DeadLetter, DeadLetters } from '../../functions/lib/ports/dead-letters.ts'
import type { OpenStore } from './store.ts'

const letter = (rest: Partial<DeadLetter> = {}): DeadLetter => {
  return {
    source: '/s',
    eventId: 'e',
    type: 't',
    rowTimestamp: '',
    destination: 'd',
    code: 'c',
    reason: 'r',
    headers: { 'ce-id': 'e' },
    data: Buffer.from([0, 255, 10]),
    ...rest,
  }
}

/** What every store of dead letters promises. */
export function deadLettersContract(adapter: string, open: OpenStore<DeadLetters>): void {
  describe(`DeadLetters contract: ${adapter}`, () => {
    let store: Awaited<ReturnType<OpenStore<DeadLetters>>>
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.remove())

    it('gives back what was put, its data byte for byte', async () => {
      await store.port.put([letter()])
      const [found] = await store.port.list(10)
      expect(found).toMatchObject({ ...letter(), data: expect.anything() })
      expect([...(found?.data ?? [])]).toEqual([0, 255, 10])
      expect(found?.storedAt).toMatch(/^\d{4}-.*Z$/)
    })

    it('keeps one letter when it is put again, with its first reason', async () => {
      await store.port.put([letter()])
      await store.port.put([letter({ reason: 'another' }), letter()])
      expect(await store.port.list(10)).toMatchObject([{ reason: 'r' }])
    })

    it('tells letters apart by source, event, row, destination and data', async () => {
      await store.port.put([
        letter(),
        letter({ source: '/other' }),
        letter({ eventId: 'other' }),
        letter({ rowTimestamp: 'other' }),
        letter({ destination: 'other' }),
        letter({ data: Buffer.from('other') }),
      ])
      expect(new Set((await store.port.list(10)).map(({ id }) => id)).size).toBe(6)
    })

    it('lists at most as many as asked for', async () => {
      await store.port.put(Array.from({ length: 5 }, (_, index) => letter({ eventId: `${index}` })))
      expect(await store.port.list(3)).toHaveLength(3)
    })
  })
}
