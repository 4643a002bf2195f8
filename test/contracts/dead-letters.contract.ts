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

    it('lists at most as many as asked for, then those that follow, each once', async () => {
      const ids = Array.from({ length: 5 }, (_, index) => `${index}`)
      // The first three of one moment, the others each of its own.
      await store.port.put(ids.slice(0, 3).map((eventId) => letter({ eventId })))
      for (const eventId of ids.slice(3)) await store.port.put([letter({ eventId })])
      const all = await store.port.list(10)
      const first = await store.port.list(2)
      const second = await store.port.list(2, first[1])
      const third = await store.port.list(2, second[1])
      expect([...first, ...second, ...third].map(({ id }) => id)).toEqual(all.map(({ id }) => id))
      expect(all.map(({ eventId }) => eventId).toSorted()).toEqual(ids)
      expect(await store.port.list(2, third[0])).toEqual([])
    })

    it('finds a letter by its id', async () => {
      await store.port.put([letter(), letter({ eventId: 'other' })])
      for (const listed of await store.port.list(10)) {
        expect(await store.port.find(listed.id)).toEqual(listed)
      }
      expect(await store.port.find('none')).toBeUndefined()
    })

    it('keeps that a letter was sent again, how often, when and with which answer', async () => {
      await store.port.put([letter(), letter({ eventId: 'other' })])
      const [one, other] = await store.port.list(10)
      expect(one?.redriven).toBeUndefined()
      const id = one?.id ?? ''
      const mark = await store.port.markRedriven(id, 'answered 204')
      expect(mark).toEqual({
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        times: 1,
        answer: 'answered 204',
      })
      expect(await store.port.find(id)).toEqual({ ...one, redriven: mark })
      expect(await store.port.markRedriven(id, '$answered 200')).toMatchObject({
        times: 2,
        answer: '$answered 200',
      })
      expect(await store.port.find(other?.id ?? '')).toEqual(other)
      const again = await store.another()
      expect(await again.port.find(id)).toMatchObject({ redriven: { times: 2 } })
      await again.close()
    })

    it('keeps the mark when the letter is put again', async () => {
      await store.port.put([letter()])
      const [one] = await store.port.list(1)
      await store.port.markRedriven(one?.id ?? '', 'answered 204')
      await store.port.put([letter()])
      expect(await store.port.list(10)).toMatchObject([{ redriven: { times: 1 } }])
    })

    it('marks nothing that is not there', async () => {
      expect(await store.port.markRedriven('none', 'answered 204')).toBeUndefined()
      expect(await store.port.list(10)).toEqual([])
    })
  })
}
