import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { batchModel, onlineModel } from '../../support/declared.ts'
import { at } from '../../support/workbench.ts'
import { openPredictService } from './predict-service.ts'
import type { Answer, PredictService } from './predict-service.ts'
import { putLive, putPointers, register } from './stored-models.ts'

let service: PredictService
beforeEach(async () => {
  service = await openPredictService([
    batchModel({ missing: 'zero' }),
    batchModel({ name: 'strict', missing: 'refuse' }),
    onlineModel({ series: 'other' }),
  ])
  const { database } = service
  for (const name of ['ridgecv', 'strict', 'undeclared']) {
    for (const intercept of [0, 100]) {
      const slopes = { feat_0: 1, feat_1: 10 }
      await register(database, { name, slopes, intercept, trainedThrough: at(9) })
    }
  }
})
afterEach(() => service.close())

function ask(
  method: string,
  path: string,
  body = '',
  contentType = 'application/x-www-form-urlencoded',
): Promise<Answer> {
  return service.ask(method, path, body, contentType)
}

const form = (data: unknown): string =>
  new URLSearchParams({ data: typeof data === 'string' ? data : JSON.stringify(data) }).toString()

describe('GET /models', () => {
  it("lists versions as the seed system's GridFS documents", async () => {
    const { body } = await ask('GET', '/models')
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
      expect((await ask('POST', path, form([row]))).body).toEqual(expected)
      expect((await ask('POST', path, JSON.stringify([row]), 'application/json')).body).toEqual(
        expected,
      )
      expect((await ask('POST', path.slice(0, -1), form([row]))).body).toEqual(expected)
    },
  )

  it.each(['latest', 'champion'])('answers by the champion of the series: %s', async (wanted) => {
    const path = `/predict/champion/${wanted}/`
    expect((await ask('POST', path, form([row]))).body).toMatchObject([
      { model: 'ridgecv', version: 1 },
    ])
    await putPointers(service.database, { champion: 'strict', refused: { strict: [1] } })
    expect((await ask('POST', path, form([row]))).body).toMatchObject([
      { model: 'strict', version: 0 },
    ])
  })

  it('answers as champion what is served, as latest the newest, and any by its number', async () => {
    await putPointers(service.database, { refused: { ridgecv: [1] } })
    const versionOf = async (wanted: string): Promise<unknown> =>
      (await ask('POST', `/predict/ridgecv/${wanted}/`, form([row]))).body
    expect(await versionOf('champion')).toMatchObject([{ version: 0 }])
    expect(await versionOf('latest')).toMatchObject([{ version: 1 }])
    expect(await versionOf('1')).toMatchObject([{ version: 1 }])
    await putPointers(service.database, { refused: { ridgecv: [0, 1] } })
    expect(await versionOf('champion')).toMatchObject({
      detail: 'model "ridgecv" serves none of its versions; ask for latest or a number up to 1',
    })
    await putPointers(service.database, { pinned: { ridgecv: 0 } })
    expect(await versionOf('champion')).toMatchObject([{ version: 0 }])
  })

  it('answers by a model that is registered but declared no more', async () => {
    const { body } = await ask('POST', '/predict/undeclared/champion/', form([row]))
    expect(body).toMatchObject([{ model: 'undeclared', version: 1, prediction: 121 }])
  })

  it('answers of an online model its live state as champion, its newest snapshot as latest', async () => {
    const slopes = { feat_0: 3, feat_1: 0 }
    await register(service.database, { name: 'online', slopes, trainedThrough: at(5) })
    const live = { name: 'online', slopes: { feat_0: 4, feat_1: 0 }, learntThrough: at(9) }
    await putLive(service.database, { ...live, version: 0 })
    const answerOf = async (wanted: string): Promise<unknown> =>
      (await ask('POST', `/predict/${wanted}/`, form([{ ...row, series: 'other' }]))).body
    const served = [{ model: 'online', version: 0, prediction: 4 }]
    expect(await answerOf('online/champion')).toMatchObject(served)
    expect(await answerOf('champion/champion')).toMatchObject(served)
    expect(await answerOf('champion/latest')).toMatchObject(served)
    expect(await answerOf('online/latest')).toMatchObject([{ version: 0, prediction: 3 }])
    await putPointers(service.database, { pinned: { online: 0 } }, 'other')
    expect(await answerOf('online/champion')).toMatchObject([{ version: 0, prediction: 3 }])
  })

  it('has nothing to say of an online model that has learnt nothing', async () => {
    await putLive(service.database, { name: 'online' })
    expect(await ask('POST', '/predict/online/champion/', form([row]))).toMatchObject({
      status: 404,
      body: { detail: 'model "online" has no version; GET /models lists all' },
    })
  })

  it('takes missing values as zero only where the model declares it', async () => {
    const rows = form([{ timestamp: at(0), feat_0: 1, feat_1: null }])
    expect((await ask('POST', '/predict/ridgecv/0/', rows)).body).toMatchObject([{ prediction: 1 }])
    expect(await ask('POST', '/predict/strict/0/', rows)).toMatchObject({
      status: 422,
      body: { code: 'feature-missing', detail: 'row 0 lacks feat_1' },
    })
  })

  it.each([
    ['an unknown model', '/predict/other/latest/'],
    ['the champion of a series without models', '/predict/champion/latest/', 'nobody'],
    ['an unknown version', '/predict/ridgecv/7/'],
    ['a version that is no word or number', '/predict/ridgecv/newest/'],
  ])('answers 404 with a problem for %s', async (_name, path, series = 'mltest') => {
    const answer = await ask('POST', path, form([{ ...row, series }]))
    expect(answer).toMatchObject({ status: 404, body: { status: 404, code: 'not-found' } })
    expect(answer.contentType).toMatch(/^application\/problem\+json/)
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
    const answer = await ask('POST', '/predict/ridgecv/latest/', body)
    expect(answer).toMatchObject({ status: 422, body: { code } })
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
    expect(await ask('GET', '/predict/ridgecv')).toMatchObject({ status: 404 })
    expect(await ask('GET', '/predict/ridgecv/1/2')).toMatchObject({ status: 404 })
  })
})
