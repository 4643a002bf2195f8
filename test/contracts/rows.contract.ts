import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { Prediction, RowPatch, StoredRow } from '../../functions/lib/events.ts'
import type { Rows } from '../../functions/lib/ports/rows.ts'
import { at } from '../support/workbench.ts'
import type { OpenStore } from './store.ts'

const prediction = (value: number): Prediction => {
  return { prediction: value, version: 0, lower: null, upper: null, level: null, champion: false }
}

const patch = (second: number, rest: Partial<RowPatch>): RowPatch => {
  return { series: 's', timestamp: at(second), ...rest }
}

/** What every store of rows promises. */
export function rowsContract(adapter: string, open: OpenStore<Rows>): void {
  describe(`Rows contract: ${adapter}`, () => {
    let store: Awaited<ReturnType<OpenStore<Rows>>>
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.remove())

    it('merges what arrives for a timestamp into one row, and answers it as stored', async () => {
      const { port } = store
      await port.merge([patch(0, { features: { a: 1 } })])
      await port.merge([patch(0, { predictions: { m: prediction(2) } })])
      expect(await port.merge([patch(0, { target: 3 })])).toEqual([
        {
          series: 's',
          timestamp: at(0),
          features: { a: 1 },
          target: 3,
          predictions: { m: prediction(2) },
        },
      ])
    })

    it('answers one row a patch, in order, also when patches are of one row', async () => {
      const answered = await store.port.merge([
        patch(1, { target: 1 }),
        patch(0, { target: 0 }),
        patch(1, { features: { a: 5 } }),
      ])
      expect(answered.map((row) => [row?.timestamp, row?.target])).toEqual([
        [at(1), 1],
        [at(0), 0],
        [at(1), 1],
      ])
      expect(answered[2]?.features).toEqual({ a: 5 })
    })

    it('replaces features by name and the target, and keeps the first prediction of a model', async () => {
      const { port } = store
      await port.merge([
        patch(0, { features: { a: 1, b: 1 }, target: 1, predictions: { m: prediction(1) } }),
      ])
      const [row] = await port.merge([
        patch(0, {
          features: { b: 2 },
          target: 2,
          predictions: { m: prediction(9), n: prediction(3) },
        }),
      ])
      expect(row).toMatchObject({
        features: { a: 1, b: 2 },
        target: 2,
        predictions: { m: prediction(1), n: prediction(3) },
      })
    })

    it('changes nothing when a patch is repeated', async () => {
      const patches = [
        patch(0, { features: { a: 1 }, target: 2, predictions: { m: prediction(3) } }),
      ]
      expect(await store.port.merge(patches)).toEqual(await store.port.merge(patches))
    })

    it('leaves out a patch that would overfill its row, and keeps the others', async () => {
      const names = (prefix: string): Record<string, number> =>
        Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`${prefix}${index}`, index]))
      const answered = await store.port.merge([
        patch(0, { features: names('a') }),
        patch(0, { features: names('b') }),
        patch(1, { features: names('b') }),
        patch(0, { target: 1 }),
      ])
      expect(answered.map((row) => row?.features && Object.keys(row.features).length)).toEqual([
        600,
        undefined,
        600,
        600,
      ])
      const models: Record<string, Prediction> = {}
      for (let index = 0; index <= 100; index += 1) models[`m${index}`] = prediction(1)
      expect(await store.port.merge([patch(2, { predictions: models })])).toEqual([undefined])
    })

    it('answers the first complete rows of a series after a timestamp, oldest first', async () => {
      const complete = { features: { a: 1 }, target: 1 }
      await store.port.merge([4, 2, 1, 3].map((second) => patch(second, complete)))
      await store.port.merge([
        patch(5, { target: 1 }),
        patch(6, { features: { a: 1 } }),
        { ...patch(3, complete), series: 'other' },
        patch(-5_000_000_000, complete),
      ])
      const found = async (after: string | null, limit: number) =>
        (await store.port.after('s', after, limit)).map(({ timestamp }) => timestamp)
      expect(await found(at(1), 2)).toEqual([at(2), at(3)])
      expect(await found(at(2), 9)).toEqual([at(3), at(4)])
      expect(await found(null, 2)).toEqual([at(-5_000_000_000), at(1)])
    })

    it('keeps every number to the last bit', async () => {
      const features = { a: 0.1 + 0.2, b: -0, c: 5e-324, d: Number.MAX_VALUE, e: 2 ** 53 + 2, f: 7 }
      await store.port.merge([patch(0, { features, target: 1 / 3 })])
      const [row] = await store.port.window('s', at(0), { kind: 'rows', rows: 1 })
      expect(row?.target).toBe(1 / 3)
      for (const [name, value] of Object.entries(features)) {
        expect(row?.features[name]).toBe(name === 'b' ? 0 : value)
      }
    })

    it('keeps what all writers merged into one row at the same time', async () => {
      const other = await store.another()
      const names = Array.from({ length: 16 }, (_, index) => `f${index}`)
      await Promise.all(
        names.map((name, index) =>
          (index % 2 === 0 ? store.port : other.port).merge([
            patch(0, { features: { [name]: index } }),
          ]),
        ),
      )
      const [row] = await store.port.merge([patch(0, { target: 1 })])
      expect(Object.keys(row?.features ?? {}).toSorted()).toEqual(names.toSorted())
      await other.close()
    })

    it('keeps one prediction of a model, and answers every writer that one, when many bring theirs at once', async () => {
      const other = await store.another()
      const answered = await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          (index % 2 === 0 ? store.port : other.port).merge([
            patch(0, { target: 1, predictions: { m: prediction(index) } }),
          ]),
        ),
      )
      const kept = new Set(answered.flat().map((row) => row?.predictions['m']?.prediction))
      expect(kept.size).toBe(1)
      await other.close()
    })

    it('answers with all that was merged before, whoever merged it', async () => {
      const other = await store.another()
      for (let second = 0; second < 20; second += 1) {
        const [byOne, byAnother] = await Promise.all([
          store.port.merge([patch(second, { target: 1 })]),
          other.port.merge([patch(second, { predictions: { m: prediction(2) } })]),
        ])
        const complete = [byOne, byAnother]
          .flat()
          .filter((row) => row?.target === 1 && row.predictions['m'] !== undefined)
        expect(complete.length).toBeGreaterThan(0)
      }
      await other.close()
    })

    it('takes a batch of many rows, some of them twice', async () => {
      const patches = Array.from({ length: 501 }, (_, index) =>
        patch(index, { features: { a: index } }),
      )
      const answered = await store.port.merge([...patches, patch(7, { features: { b: 1 } })])
      expect(answered.map((row) => row?.timestamp)).toEqual([
        ...patches.map(({ timestamp }) => timestamp),
        at(7),
      ])
      expect(answered.at(-1)?.features).toEqual({ a: 7, b: 1 })
    }, 60_000)

    it('keeps names and texts that a database could take for its own', async () => {
      const odd: Prediction = { ...prediction(1), trainedThrough: '$target' }
      await store.port.merge([
        patch(0, { features: { 'a b-c': 1, $x: 2 }, target: 3, predictions: { 'm-1 x': odd } }),
      ])
      const [row] = await store.port.merge([patch(0, { features: { d: 4 } })])
      expect(row?.features).toEqual({ 'a b-c': 1, $x: 2, d: 4 })
      expect(row?.predictions).toEqual({ 'm-1 x': odd })
    })

    it('keeps rows over a restart', async () => {
      await store.port.merge([patch(0, { features: { a: 1 }, target: 2 })])
      await store.close()
      const again = await store.another()
      expect(await again.port.newestComplete('s')).toBe(at(0))
      await again.close()
    })

    it('knows the newest row that has features and target, per series', async () => {
      const { port } = store
      expect(await port.newestComplete('s')).toBeUndefined()
      await port.merge([
        patch(1, { features: { a: 1 }, target: 1 }),
        patch(0, { features: { a: 1 }, target: 1 }),
        patch(2, { features: { a: 1 } }),
        patch(3, { target: 1 }),
        { series: 'other', timestamp: at(9), features: { a: 1 }, target: 1 },
      ])
      expect(await port.newestComplete('s')).toBe(at(1))
    })

    it.each([
      ['the last rows', { kind: 'rows', rows: 2 }, [4, 5]],
      [
        'a duration, its start excluded, its end included',
        { kind: 'duration', milliseconds: 3_000 },
        [3, 4, 5],
      ],
    ] as const)('reads a window of %s, oldest first', async (_name, size, seconds) => {
      const { port } = store
      await port.merge(
        [5, 3, 1, 2, 4, 6, 0].map((second) =>
          patch(second, { features: { a: second }, target: second }),
        ),
      )
      await port.merge([patch(4.5, { features: { a: 1 } })])
      const rows: StoredRow[] = await port.window('s', at(5), size)
      expect(rows.map(({ target }) => target)).toEqual(seconds)
    })

    it('takes rows of any time, from the year 1 to 9999', async () => {
      const years = [
        '0001-01-01T00:00:00.000Z',
        '1969-12-31T23:59:59.999Z',
        '9999-12-31T23:59:59.999Z',
      ]
      await store.port.merge(
        years.map((timestamp) => ({ series: 's', timestamp, features: { a: 1 }, target: 1 })),
      )
      const through = years[2] ?? ''
      const rows = await store.port.window('s', through, { kind: 'rows', rows: 9 })
      expect(rows.map(({ timestamp }) => timestamp)).toEqual(years)
    })

    it('lists the series in order', async () => {
      await store.port.merge(
        ['b', 'a', 'ä', 'a'].map((series) => ({ series, timestamp: at(0), target: 1 })),
      )
      expect(await store.port.series(10)).toEqual(['a', 'b', 'ä'])
      expect(await store.port.series(1)).toEqual(['a'])
    })
  })
}
