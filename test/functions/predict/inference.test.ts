import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { batchModel, onlineModel } from '../../support/declared.ts'
import { at } from '../../support/workbench.ts'
import { fieldOf } from './documented.ts'
import { openPredictService } from './predict-service.ts'
import type { Answer, PredictService } from './predict-service.ts'
import { putLive, putPointers, register } from './stored-models.ts'

let service: PredictService
beforeEach(async () => {
  service = await openPredictService([
    batchModel({ name: 'first', missing: 'zero' }),
    batchModel({ name: 'strict' }),
    onlineModel({ series: 'other' }),
  ])
  for (const name of ['first', 'strict']) {
    for (const intercept of [0, 100]) {
      const slopes = { feat_1: 10, feat_0: 1 }
      await register(service.database, { name, slopes, intercept, trainedThrough: at(9) })
    }
  }
})
afterEach(() => service.close())

const get = (path: string): Promise<Answer> => service.ask('GET', path)

interface Tensor {
  name: string
  shape: number[]
  datatype: string
  data: unknown
}

const tensor = (name: string, data: unknown[], rest: Partial<Tensor> = {}): Tensor => ({
  name,
  shape: [data.length],
  datatype: 'FP64',
  data,
  ...rest,
})

/** Two rows: feat_1 2 and 4, feat_0 1 and 3. */
const inputs = [tensor('feat_0', [1, 3]), tensor('feat_1', [2, 4])]
const matrix = (data: unknown, rest: Partial<Tensor> = {}): Tensor => ({
  name: 'features',
  shape: [2, 2],
  datatype: 'FP64',
  data,
  ...rest,
})

const infer = (path: string, request: object): Promise<Answer> =>
  service.ask('POST', `/v2/models/${path}/infer`, request)

describe('the server', () => {
  it('tells its name and version', async () => {
    const manifest: unknown = JSON.parse(readFileSync('package.json', 'utf8'))
    const body = { name: 'nowcast', version: fieldOf(manifest, 'version'), extensions: [] }
    expect(await get('/v2')).toMatchObject({ status: 200, body })
    expect(await get('/v2/')).toMatchObject({ status: 200, body })
  })

  it('is live, and ready when every declared model is', async () => {
    expect(await get('/v2/health/live')).toMatchObject({ status: 200, body: { live: true } })
    expect(await get('/v2/health/ready')).toMatchObject({
      status: 503,
      body: { live: true, ready: false },
    })
    const slopes = { a: 1 }
    await putLive(service.database, { name: 'online', slopes, learntThrough: at(1) })
    expect(await get('/v2/health/ready')).toMatchObject({ status: 200, body: { ready: true } })
  })

  it.each([
    ['GET', '/v2/models/first/infer', 'POST'],
    ['POST', '/v2/models/first', 'GET'],
    ['DELETE', '/v2/health/live', 'GET'],
  ])('answers %s %s with 405 and what is allowed', async (method, path, allow) => {
    expect(await service.ask(method, path)).toMatchObject({
      status: 405,
      allow,
      body: { error: `${path} takes ${allow}` },
    })
  })

  it('answers HEAD as GET, without a body', async () => {
    expect(await service.ask('HEAD', '/v2/models/first')).toMatchObject({
      status: 200,
      body: undefined,
    })
  })

  it.each(['/v2/models', '/v2/other', '/v2/models/first/versions/1/explain'])(
    'says in the words of the protocol that there is nothing at %s',
    async (path) => {
      const body = { error: `there is nothing at ${path}` }
      expect(await get(path)).toMatchObject({ status: 404, body })
    },
  )
})

describe('the metadata of a model', () => {
  it('names the features in order, the outputs and the versions', async () => {
    expect((await get('/v2/models/first')).body).toEqual({
      name: 'first',
      versions: ['1', '0'],
      platform: 'nowcast_ridgecv',
      inputs: ['feat_1', 'feat_0'].map((name) => ({ name, datatype: 'FP64', shape: [-1] })),
      outputs: [{ name: 'prediction', datatype: 'FP64', shape: [-1] }],
      properties: { version: '1', trainedThrough: at(9), missing: 'zero' },
    })
  })

  it('names the bounds once they are measured, of what is served alone', async () => {
    await putPointers(service.database, { margins: { first: 0.5 }, through: at(9) })
    const outputs = [{ name: 'prediction' }, { name: 'lower' }, { name: 'upper' }]
    expect((await get('/v2/models/first')).body).toMatchObject({ outputs })
    expect((await get('/v2/models/first/versions/1')).body).toMatchObject({ outputs })
    expect((await get('/v2/models/first/versions/0')).body).toMatchObject({
      outputs: [{ name: 'prediction' }],
      properties: { version: '0' },
    })
  })

  it('is that of the champion of a series, by the name champion', async () => {
    const live = { name: 'online', slopes: { a: 1 }, learntThrough: at(1), version: 4 }
    await putLive(service.database, live)
    expect((await get('/v2/models/champion?series=other')).body).toMatchObject({
      name: 'online',
      versions: [],
      platform: 'nowcast_rls',
      inputs: [{ name: 'a' }],
      properties: { version: '4', trainedThrough: at(1) },
    })
    expect((await get('/v2/models/champion')).body).toMatchObject({ name: 'first' })
  })

  it('says whether it is ready: not before it is trained, and 404 of what nobody declared', async () => {
    const ready = { status: 200, body: { name: 'first', ready: true } }
    expect(await get('/v2/models/first/ready')).toMatchObject(ready)
    expect(await get('/v2/models/first/versions/0/ready')).toMatchObject(ready)
    expect(await get('/v2/models/champion/versions/champion/ready')).toMatchObject(ready)
    expect(await get('/v2/models/online/ready')).toMatchObject({
      status: 503,
      body: { name: 'online', ready: false },
    })
    expect(await get('/v2/models/first/versions/7/ready')).toMatchObject({ status: 404 })
    expect(await get('/v2/models/nobody/ready')).toMatchObject({ status: 404 })
  })

  it.each([
    ['/v2/models/nobody', 'model "nobody" has no version; GET /models lists all'],
    [
      '/v2/models/first/versions/v1',
      'model "first" has no version "v1"; ask for latest, champion or a number up to 1',
    ],
    [
      '/v2/models/champion?series=nobody',
      'no model is declared for series "nobody"; GET /models lists the versions of all',
    ],
  ])('of %s does not exist, and why', async (path, error) => {
    expect(await get(path)).toMatchObject({ status: 404, body: { error } })
  })
})

describe('inference', () => {
  it('answers a prediction for each row, with the id and the parameters of the request', async () => {
    const request = { id: '42', parameters: { trace: true, n: 1, of: 'x' }, inputs }
    expect((await infer('first', request)).body).toEqual({
      model_name: 'first',
      model_version: '1',
      id: '42',
      parameters: { trace: true, n: 1, of: 'x' },
      outputs: [
        {
          name: 'prediction',
          shape: [2],
          datatype: 'FP64',
          parameters: { trainedThrough: at(9) },
          data: [121, 143],
        },
      ],
    })
  })

  it.each([
    ['a tensor for each feature', inputs],
    [
      'columns of shape [n, 1], nested or flat, of several types',
      [
        tensor('feat_1', [[2], [4]], { shape: [2, 1], datatype: 'INT32' }),
        tensor('feat_0', [1, 3], { shape: [2, 1], datatype: 'FP32' }),
      ],
    ],
    [
      'one matrix, nested',
      [
        matrix([
          [2, 1],
          [4, 3],
        ]),
      ],
    ],
    ['one matrix, flat', [matrix([2, 1, 4, 3], { datatype: 'UINT8' })]],
    ['one matrix under a name of its own', [matrix([2, 1, 4, 3], { name: 'input-0' })]],
  ])('takes %s', async (_name, tensors) => {
    const { body } = await infer('strict', { inputs: tensors })
    expect(body).toMatchObject({ outputs: [{ data: [121, 143] }] })
  })

  it.each([
    ['first', 1],
    ['first/versions/0', 0],
    ['first/versions/latest', 1],
    ['first/versions/champion', 1],
    ['champion', 1],
    ['champion/versions/0', 0],
  ])('by %s answers version %s', async (path, version) => {
    const { body } = await infer(path, { inputs })
    expect(body).toMatchObject({ model_name: 'first', model_version: String(version) })
  })

  it('by no version answers what is served', async () => {
    await putPointers(service.database, { refused: { first: [1] } })
    expect((await infer('first', { inputs })).body).toMatchObject({ model_version: '0' })
    expect((await infer('first/versions/latest', { inputs })).body).toMatchObject({
      model_version: '1',
    })
  })

  it('asks the champion of the series that a parameter names, with its live state', async () => {
    const live = { name: 'online', slopes: { a: 2 }, learntThrough: at(1), version: 4 }
    await putLive(service.database, live)
    const request = { parameters: { series: 'other' }, inputs: [tensor('a', [3])] }
    expect((await infer('champion', request)).body).toMatchObject({
      model_name: 'online',
      model_version: '4',
      outputs: [{ data: [6], parameters: { trainedThrough: at(1), stateRevision: 1 } }],
    })
  })

  it('answers the bounds of what is served, and only the outputs that are asked for', async () => {
    await putPointers(service.database, { margins: { first: 0.5 }, through: at(9), level: 0.9 })
    const bound = (name: string, data: number[]) => ({
      name,
      shape: [2],
      datatype: 'FP64',
      parameters: { level: 0.9 },
      data,
    })
    const lower = bound('lower', [120.5, 142.5])
    const upper = bound('upper', [121.5, 143.5])
    const all = [expect.objectContaining({ name: 'prediction' }), lower, upper]
    expect((await infer('first', { inputs })).body).toMatchObject({ outputs: all })
    expect((await infer('first', { inputs, outputs: [] })).body).toMatchObject({ outputs: all })
    const outputs = [{ name: 'upper' }, { name: 'lower' }, { name: 'upper' }]
    expect((await infer('first', { inputs, outputs })).body).toEqual({
      model_name: 'first',
      model_version: '1',
      outputs: [upper, lower],
    })
  })

  it('takes a missing feature as zero only where the model declares it', async () => {
    const request = { inputs: [tensor('feat_0', [1, 3])] }
    expect((await infer('first', request)).body).toMatchObject({ outputs: [{ data: [101, 103] }] })
    expect(await infer('strict', request)).toMatchObject({
      status: 400,
      body: { error: 'there is no tensor "feat_1"' },
    })
  })

  it.each([
    ['no JSON', '{', /not JSON/],
    ['no inputs', {}, /^inputs: /],
    ['an empty list of inputs', { inputs: [] }, /^inputs: /],
    [
      'a type that is no number',
      { inputs: [tensor('feat_0', ['x'], { datatype: 'BYTES' })] },
      /^inputs\.0\.datatype: /,
    ],
    [
      'data that is no list',
      { inputs: [tensor('feat_0', [1], { data: 1 })] },
      /^inputs\.0\.data: /,
    ],
    ['a parameter that is an object', { inputs, parameters: { a: {} } }, /^parameters\.a: /],
    ['no rows', { inputs: [tensor('feat_0', [])] }, /^inputs\.0\.shape\.0: /],
    [
      'three dimensions',
      { inputs: [tensor('feat_0', [1], { shape: [1, 1, 1] })] },
      /^inputs\.0\.shape: /,
    ],
    [
      'a feature the model does not have',
      { inputs: [tensor('feat_9', [1])] },
      /"feat_9" is no input; the model takes feat_1, feat_0/,
    ],
    [
      'a feature twice',
      { inputs: [tensor('feat_0', [1]), tensor('feat_0', [1])] },
      /"feat_0" comes twice/,
    ],
    [
      'columns of different lengths',
      { inputs: [tensor('feat_0', [1]), tensor('feat_1', [1, 2])] },
      /"feat_1" has shape \[2\]; a feature has \[n\] or \[n, 1\]/,
    ],
    [
      'a wide matrix',
      { inputs: [matrix([1, 2, 3], { shape: [1, 3] })] },
      /has shape \[1, 3\]; the model takes \[n, 2\]: feat_1, feat_0/,
    ],
    [
      'a matrix without columns',
      { inputs: [matrix([1, 2], { shape: [2] })] },
      /has shape \[2\]; the model takes \[n, 2\]/,
    ],
    [
      'fewer elements than the shape says',
      { inputs: [matrix([1, 2, 3])] },
      /has 3 elements; its shape \[2, 2\] says 4/,
    ],
    [
      'rows of different lengths',
      { inputs: [matrix([[1, 2], [3]])] },
      /is not nested as its shape \[2, 2\] says, at 1/,
    ],
    [
      'a row among numbers',
      { inputs: [tensor('feat_0', [1, [2]])] },
      /is not nested as its shape \[2\] says, at 0/,
    ],
    ['null', { inputs: [tensor('feat_0', [1, null])] }, /element 1 is no FP64 number/],
    ['text', { inputs: [tensor('feat_0', ['1'])] }, /element 0 is no FP64 number/],
    [
      'a fraction as a whole number',
      { inputs: [tensor('feat_0', [1.5], { datatype: 'INT64' })] },
      /element 0 is no INT64 number/,
    ],
    [
      'a number beyond its type',
      { inputs: [tensor('feat_0', [1, 128], { datatype: 'INT8' })] },
      /element 1 is no INT8 number/,
    ],
    [
      'a negative one without a sign',
      { inputs: [tensor('feat_0', [-1], { datatype: 'UINT32' })] },
      /element 0 is no UINT32 number/,
    ],
    [
      'numbers beyond all',
      '{"inputs": [{"name": "feat_0", "shape": [1], "datatype": "FP64", "data": [1e999]}]}',
      /element 0 is no FP64 number/,
    ],
    [
      'a prediction beyond all',
      { inputs: [tensor('feat_1', [1, 1e308])] },
      /row 1: the numbers are too large/,
    ],
    [
      'more than 10,000 rows',
      {
        inputs: [
          tensor(
            'feat_0',
            Array.from({ length: 10_001 }, () => 1),
          ),
        ],
      },
      /has 10001 rows: send at most 10000/,
    ],
    [
      'a shape far beyond its data',
      { inputs: [matrix([1], { shape: [2 ** 50, 2] })] },
      /send at most 10000/,
    ],
    [
      'an output it does not have',
      { inputs, outputs: [{ name: 'upper' }] },
      /has no output "upper" now; it has prediction/,
    ],
  ])('refuses %s with 400 and the reason', async (_name, request, reason) => {
    const answer = await service.ask('POST', '/v2/models/first/infer', request)
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringMatching(reason) } })
  })

  it('answers 10,000 rows', async () => {
    const rows = Array.from({ length: 10_000 }, (_, row) => [0, row])
    const { body } = await infer('first', { inputs: [matrix(rows, { shape: [10_000, 2] })] })
    expect(body).toMatchObject({ outputs: [{ data: rows.map(([, row = 0]) => 100 + row) }] })
  })

  it.each(['nobody', 'first/versions/7', 'online'])('of %s is answered 404', async (path) => {
    expect(await infer(path, { inputs })).toMatchObject({ status: 404 })
  })
})
