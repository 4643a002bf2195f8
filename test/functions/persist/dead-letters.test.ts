import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { deadLetterRoute } from '../../../functions/persist/dead-letters.ts'
import { openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench.close())

async function post(
  attributes: Record<string, string>,
  body: string | Uint8Array,
): Promise<number | undefined> {
  const headers = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]),
  )
  const route = deadLetterRoute(bench.database.deadLetters)
  const answer = await route({
    method: 'POST',
    path: '/dead',
    query: '',
    headers: { ...headers, 'content-type': 'application/json', authorization: 'secret' },
    attributes,
    body: Buffer.from(body),
  })
  return answer?.status
}

const failed = {
  specversion: '1.0',
  id: 'e1',
  source: '/s',
  type: 'dev.nowcast.target',
  knativeerrordest: 'http://persist.nowcast.svc.cluster.local',
  knativeerrorcode: '422',
  knativeerrordata: Buffer.from(
    JSON.stringify({ detail: 'no timestamp', code: 'timestamp-missing' }),
  ).toString('base64'),
}

describe('the dead letter route', () => {
  it('stores an event with its bytes, its headers and the reason it was refused for', async () => {
    expect(await post(failed, '{"target": }')).toBe(200)
    const [letter] = await bench.database.deadLetters.list(10)
    expect(letter).toMatchObject({
      source: '/s',
      eventId: 'e1',
      destination: 'http://persist.nowcast.svc.cluster.local',
      code: 'timestamp-missing',
      reason: 'no timestamp',
    })
    expect(Buffer.from(letter?.data ?? []).toString()).toBe('{"target": }')
    expect(letter?.headers).toMatchObject({ 'ce-id': 'e1', 'content-type': 'application/json' })
    expect(letter?.headers).not.toHaveProperty('authorization')
  })

  it('stores one letter for the same event delivered twice', async () => {
    await post(failed, '{}')
    await post(failed, '{}')
    expect(await bench.database.deadLetters.list(10)).toHaveLength(1)
  })

  it('stores one letter for each rejected row, also for rows without a timestamp', async () => {
    const rows = [{ timestamp: 't1', a: 'x' }, { a: 'y' }, { a: 'z' }].map((row) => {
      return { row, code: 'c', reason: 'r', function: 'persist', eventId: 'e1', eventSource: '/s' }
    })
    await post({ ...failed, type: 'dev.nowcast.rejected' }, JSON.stringify({ rows }))
    await post({ ...failed, type: 'dev.nowcast.rejected', id: 'e2' }, JSON.stringify({ rows }))
    const letters = await bench.database.deadLetters.list(10)
    expect(letters.map(({ data }) => Buffer.from(data).toString()).toSorted()).toEqual(
      rows.map(({ row }) => JSON.stringify(row)).toSorted(),
    )
    expect(letters).toContainEqual(
      expect.objectContaining({ destination: 'persist', rowTimestamp: 't1' }),
    )
  })

  it.each([
    [
      'every attribute',
      { type: 'dev.nowcast.features', series: 'é b', partitionKey: 'k' },
      {
        'ce-specversion': '1.0',
        'ce-id': 'e1',
        'ce-source': '%2Fs',
        'ce-type': 'dev.nowcast.features',
        'ce-subject': '%C3%A9%20b',
        'ce-partitionkey': 'k',
        'content-type': 'application/json',
      },
    ],
    [
      'a type alone',
      { type: 'dev.nowcast.target', series: '\ud800' },
      {
        'ce-specversion': '1.0',
        'ce-id': 'e1',
        'ce-source': '%2Fs',
        'ce-type': 'dev.nowcast.target',
        'ce-subject': '%EF%BF%BD',
        'content-type': 'application/json',
      },
    ],
    ['nothing', undefined, {}],
    ['what is no object', 5, {}],
  ])('keeps what an event around a rejected row needs: %s', async (_name, sentIn, headers) => {
    const row = { row: { a: 1 }, code: 'c', reason: 'r', function: 'f', eventId: 'e1', sentIn }
    const body = JSON.stringify({ rows: [{ ...row, eventSource: '/s' }] })
    expect(await post({ ...failed, type: 'dev.nowcast.rejected' }, body)).toBe(200)
    const [letter] = await bench.database.deadLetters.list(1)
    expect(letter?.headers).toEqual(headers)
  })

  it.each([
    ['nothing at all', {}, ''],
    ['bytes that are no text', {}, new Uint8Array([0, 255, 254])],
    [
      'a rejected event with rows that are none',
      { type: 'dev.nowcast.rejected' },
      '{"rows": [{}, 5]}',
    ],
    ['a rejected event without rows', { type: 'dev.nowcast.rejected' }, '{"rows": 5}'],
    ['error data that is no JSON', { ...failed, knativeerrordata: 'PGh0bWw+' }, '{}'],
  ])('refuses not even %s', async (_name, attributes, body) => {
    expect(await post(attributes, body)).toBe(200)
    expect(await bench.database.deadLetters.list(10)).toHaveLength(1)
  })
})
