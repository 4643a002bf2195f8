import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import type { WebRoute } from '../../../functions/lib/ports/web.ts'
import { restRoute } from '../../../functions/predict/rest.ts'
import { startServing } from '../../../functions/predict/serving.ts'
import { batchModel } from '../../support/declared.ts'
import { at, openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'

let bench: Workbench
let route: WebRoute
beforeEach(async () => {
  bench = await openWorkbench()
  const { models } = bench.database
  const declared = [
    batchModel({ missing: 'zero' }),
    batchModel({ name: 'strict', missing: 'refuse' }),
  ]
  route = restRoute({ declared, models, serving: startServing(models, () => {}) })
  for (const name of ['ridgecv', 'strict']) {
    for (const version of [0, 1]) {
      const body = {
        algorithm: 'ridgecv',
        features: ['feat_0', 'feat_1'],
        coefficients: [1, 10],
        intercept: 100 * version,
        alpha: 0.1,
        looError: 0,
        r2: 1,
        rows: 10,
        window: { from: at(0), through: at(9) },
      }
      await models.register({
        name,
        trigger: `t${version}`,
        description: 'ridgeCV 2026-01-01T00:00:00.000Z',
        score: 0.5,
        trainedThrough: at(9),
        body: JSON.stringify(body),
      })
    }
  }
})
afterEach(() => bench.close())

async function ask(
  method: string,
  path: string,
  body = '',
  contentType = 'application/x-www-form-urlencoded',
): Promise<{ status: number; contentType: string; body: unknown } | undefined> {
  const headers = { 'content-type': contentType }
  const answer = await route({ method, path, headers, attributes: {}, body: Buffer.from(body) })
  return answer && { ...answer, body: JSON.parse(answer.body) }
}

const form = (data: unknown): string =>
  new URLSearchParams({ data: typeof data === 'string' ? data : JSON.stringify(data) }).toString()

describe('GET /models', () => {
  it("lists versions as the seed system's GridFS documents", async () => {
    const { body } = (await ask('GET', '/models')) ?? {}
    expect(body).toContainEqual({
      _id: { $oid: expect.stringMatching(/^[0-9a-f]{24}$/) },
      filename: 'ridgecv_v1.json',
      length: expect.any(Number),
      chunkSize: 261_120,
      uploadDate: { $date: expect.stringMatching(/Z$/) },
      model_name: 'ridgecv',
      version: 1,
      description: 'ridgeCV 2026-01-01T00:00:00.000Z',
      score: 0.5,
    })
  })
})

describe('POST /predict/<name>/<version>/', () => {
  const row = { timestamp: '2017-12-21T10:00:00.123456', feat_1: 2, feat_0: 1, note: 'ignored' }

  it.each([
    ['latest', 'ridgecv', 1, 121],
    ['champion', 'ridgecv', 1, 121],
    ['0', 'ridgecv', 0, 21],
    ['1', 'strict', 1, 121],
  ])(
    'answers version %s of %s, echoing the timestamp as sent',
    async (wanted, name, version, prediction) => {
      const expected = [{ timestamp: row.timestamp, prediction, version, model: name }]
      const path = `/predict/${name}/${wanted}/`
      expect((await ask('POST', path, form([row])))?.body).toEqual(expected)
      expect((await ask('POST', path, JSON.stringify([row]), 'application/json'))?.body).toEqual(
        expected,
      )
      expect((await ask('POST', path.slice(0, -1), form([row])))?.body).toEqual(expected)
    },
  )

  it('answers by the champion of the series', async () => {
    const { body } = (await ask('POST', '/predict/champion/latest/', form([row]))) ?? {}
    expect(body).toMatchObject([{ model: 'ridgecv', version: 1 }])
  })

  it('takes missing values as zero only where the model declares it', async () => {
    const rows = form([{ timestamp: at(0), feat_0: 1, feat_1: null }])
    expect((await ask('POST', '/predict/ridgecv/0/', rows))?.body).toMatchObject([
      { prediction: 1 },
    ])
    expect(
      await ask('POST', '/predict/strict/0/', rows).catch((error: unknown) => error),
    ).toMatchObject({
      code: 'feature-missing',
      message: 'row 0 lacks feat_1',
    })
  })

  it.each([
    ['an unknown model', '/predict/other/latest/'],
    ['an unknown version', '/predict/ridgecv/7/'],
    ['a version that is no word or number', '/predict/ridgecv/newest/'],
  ])('answers 404 with a problem for %s', async (_name, path) => {
    const answer = await ask('POST', path, form([row]))
    expect(answer).toMatchObject({ status: 404, body: { status: 404, code: 'not-found' } })
    expect(answer?.contentType).toMatch(/^application\/problem\+json/)
  })

  it.each([
    ['no data field', 'rows=[]', 'no-rows'],
    ['malformed JSON', form('[{'), 'malformed-json'],
    ['NaN', form('[{"timestamp": "2026-01-01", "feat_0": NaN}]'), 'malformed-json'],
    [
      'a number over the range',
      form('[{"timestamp": "2026-01-01", "feat_0": 1e999}]'),
      'not-a-number',
    ],
    ['an object', form({}), 'no-rows'],
    ['a row that is none', form([5]), 'not-an-object'],
    ['a row without a timestamp', form([{ feat_0: 1 }]), 'timestamp-missing'],
    ['text as a feature', form([{ timestamp: at(0), feat_0: 'x' }]), 'not-a-number'],
  ])('rejects %s', async (_name, body, code) => {
    await expect(ask('POST', '/predict/ridgecv/latest/', body)).rejects.toMatchObject({
      name: 'RejectedError',
      code,
    })
  })

  it('takes POST only, and GET only for the list', async () => {
    expect(await ask('GET', '/predict/ridgecv/latest/')).toMatchObject({
      status: 405,
      allow: 'POST',
    })
    expect(await ask('HEAD', '/models')).toMatchObject({ status: 200 })
    expect(await ask('DELETE', '/models')).toMatchObject({ status: 405 })
  })

  it('leaves other paths to others', async () => {
    expect(await ask('POST', '/')).toBeUndefined()
    expect(await ask('GET', '/predict/ridgecv')).toBeUndefined()
  })
})
