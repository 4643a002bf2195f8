import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { Models, NewModel } from '../../functions/lib/ports/models.ts'
import { at } from '../support/workbench.ts'
import type { OpenStore } from './store.ts'

const model = (trigger: string, rest: Partial<NewModel> = {}): NewModel => {
  return {
    name: 'm',
    trigger,
    description: 'ridgeCV',
    score: 0.5,
    trainedThrough: at(0),
    body: `{"of":"${trigger}"}`,
    ...rest,
  }
}

/** What every model registry promises. */
export function modelsContract(adapter: string, open: OpenStore<Models>): void {
  describe(`Models contract: ${adapter}`, () => {
    let store: Awaited<ReturnType<OpenStore<Models>>>
    beforeEach(async () => {
      store = await open()
    })
    afterEach(() => store.remove())

    it('numbers the versions of each name from 0', async () => {
      const versions = []
      for (const [name, trigger] of [
        ['m', 'a'],
        ['m', 'b'],
        ['n', 'a'],
      ] as const) {
        versions.push(await store.port.register(model(trigger, { name })))
      }
      expect(versions.map(({ name, version }) => [name, version])).toEqual([
        ['m', 0],
        ['m', 1],
        ['n', 0],
      ])
    })

    it('gives 50 registrations at once 50 consecutive versions', async () => {
      const other = await store.another()
      const versions = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          (index % 2 === 0 ? store.port : other.port).register(model(`t${index}`)),
        ),
      )
      const numbers = versions.map(({ version }) => version).toSorted((a, b) => a - b)
      expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => index))
      await other.close()
    }, 60_000)

    it('makes one version for one trigger, also when it comes twice at once', async () => {
      const other = await store.another()
      const both = await Promise.all([
        store.port.register(model('t')),
        other.port.register(model('t')),
      ])
      expect(both[0]).toEqual(both[1])
      expect(await store.port.list({ name: 'm', limit: 10 })).toEqual([both[0]])
      await other.close()
    })

    it('keeps the body that its trigger made first', async () => {
      await store.port.register(model('t'))
      await store.port.register(model('t', { body: '{"other":1}' }))
      expect(await store.port.load('m', 0)).toBe('{"of":"t"}')
    })

    it('lists what is known of versions, newest first', async () => {
      await store.port.register(model('a'))
      await store.port.register(model('b', { trainedThrough: at(60), score: 0.75 }))
      await store.port.register(model('a', { name: 'k' }))
      expect(await store.port.list({ name: 'm', limit: 10 })).toMatchObject([
        { version: 1, trigger: 'b', trainedThrough: at(60), score: 0.75, length: 10 },
        { version: 0, trigger: 'a', trainedThrough: at(0), score: 0.5, length: 10 },
      ])
      expect(
        (await store.port.list({ limit: 2 })).map(({ name, version }) => [name, version]),
      ).toEqual([
        ['k', 0],
        ['m', 1],
      ])
    })

    it('names each version by 24 hexadecimal digits of its own', async () => {
      const versions = [
        await store.port.register(model('a')),
        await store.port.register(model('b')),
      ]
      for (const { id } of versions) expect(id).toMatch(/^[0-9a-f]{24}$/)
      expect(versions[0]?.id).not.toBe(versions[1]?.id)
    })

    it('has no body for a version that is not there', async () => {
      expect(await store.port.load('m', 0)).toBeUndefined()
    })

    it('keeps the newest hundred versions of a name', async () => {
      for (let index = 0; index < 103; index += 1) await store.port.register(model(`t${index}`))
      const versions = await store.port.list({ name: 'm', limit: 200 })
      expect(versions.map(({ version }) => version)).toEqual(
        Array.from({ length: 100 }, (_, index) => 102 - index),
      )
      expect(await store.port.load('m', 2)).toBeUndefined()
    }, 60_000)

    it('keeps older versions as long as who registers says so', async () => {
      for (let index = 0; index < 103; index += 1) {
        await store.port.register(model(`t${index}`), [1, 2])
      }
      const versions = await store.port.list({ name: 'm', limit: 200 })
      expect(versions.slice(-3).map(({ version }) => version)).toEqual([3, 2, 1])
      expect(await store.port.load('m', 1)).toBe('{"of":"t1"}')
      await store.port.register(model('t103'), [2])
      expect(await store.port.load('m', 1)).toBeUndefined()
      expect(await store.port.load('m', 2)).toBe('{"of":"t2"}')
    }, 60_000)

    it('keeps versions over a restart', async () => {
      await store.port.register(model('a'))
      await store.close()
      const again = await store.another()
      expect((await again.port.register(model('b'))).version).toBe(1)
      await again.close()
    })
  })
}
