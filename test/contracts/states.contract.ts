import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { States } from '../../functions/lib/ports/states.ts'
import type { OpenStore } from './store.ts'

/** What every store of states promises. */
export function statesContract(adapter: string, open: OpenStore<States>): void {
  describe(`States contract: ${adapter}`, () => {
    let store: Awaited<ReturnType<OpenStore<States>>>
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.remove())

    it('has nothing for an id that was never put', async () => {
      expect(await store.port.get('a')).toBeUndefined()
    })

    it('gives back the document as it was, with its revision, for each id', async () => {
      const document = {
        learntThrough: null,
        weights: [0.1 + 0.2, 5e-324, Number.MAX_VALUE, 2 ** 53 + 2],
        'a.b': { $c: [], 'd e-f': 'ä' },
        empty: {},
      }
      expect(await store.port.put('a', document, 0)).toBe(true)
      expect(await store.port.put('b', { other: 1 }, 0)).toBe(true)
      expect(await store.port.get('a')).toEqual({ revision: 1, document })
    })

    it('replaces the whole document of the revision that is expected, and counts one more', async () => {
      await store.port.put('a', { x: 1, y: 1 }, 0)
      expect(await store.port.put('a', { x: 2 }, 1)).toBe(true)
      expect(await store.port.get('a')).toEqual({ revision: 2, document: { x: 2 } })
    })

    it.each([
      ['nothing, and there is a state', 0],
      ['an older revision', 1],
      ['a revision that does not exist yet', 3],
    ])('changes nothing for who expects %s', async (_name, expected) => {
      await store.port.put('a', { x: 1 }, 0)
      await store.port.put('a', { x: 2 }, 1)
      expect(await store.port.put('a', { x: 9 }, expected)).toBe(false)
      expect(await store.port.get('a')).toEqual({ revision: 2, document: { x: 2 } })
    })

    it('makes no state for who expects one that was never put', async () => {
      expect(await store.port.put('a', { x: 1 }, 1)).toBe(false)
      expect(await store.port.get('a')).toBeUndefined()
    })

    it('lets a put that is repeated lose', async () => {
      expect(await store.port.put('a', { x: 1 }, 0)).toBe(true)
      expect(await store.port.put('a', { x: 1 }, 0)).toBe(false)
    })

    it('never lets two replicas both win, however many learn from one state at once', async () => {
      const other = await store.another()
      const replicas = [store.port, other.port]
      const wins = await Promise.all(
        Array.from({ length: 10 }, (_, index) => countUp(replicas[index % 2] ?? store.port, 5)),
      )
      const total = wins.reduce((sum, won) => sum + won, 0)
      expect(total).toBe(50)
      expect(await store.port.get('a')).toEqual({ revision: 50, document: { count: 50 } })
      await other.close()
    }, 60_000)

    it('lets exactly one of many first puts win', async () => {
      const other = await store.another()
      const won = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          (index % 2 === 0 ? store.port : other.port).put('a', { index }, 0),
        ),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await store.port.get('a')).toEqual({
        revision: 1,
        document: { index: won.indexOf(true) },
      })
      await other.close()
    })

    it('keeps states over a restart', async () => {
      await store.port.put('a', { x: 1 }, 0)
      await store.close()
      const again = await store.another()
      expect(await again.port.get('a')).toEqual({ revision: 1, document: { x: 1 } })
      await again.close()
    })
  })
}

/** Adds one to the count as often as asked, each time from what is stored then; answers how often it won. */
async function countUp(states: States, times: number): Promise<number> {
  let won = 0
  while (won < times) {
    const before = await states.get('a')
    const revision = before?.revision ?? 0
    if (await states.put('a', { count: revision + 1 }, revision)) won += 1
  }
  return won
}
