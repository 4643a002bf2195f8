import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { GridFSBucket, ObjectId } from 'mongodb'
import { z } from 'zod'

import { mongodbStores } from '../../../../functions/lib/adapters/mongodb-stores.ts'
import type { Database } from '../../../../functions/lib/connect.ts'
import { describeError } from '../../../../functions/lib/log.ts'
import { deadLettersContract } from '../../../contracts/dead-letters.contract.ts'
import { forecastsContract } from '../../../contracts/forecasts.contract.ts'
import { modelsContract } from '../../../contracts/models.contract.ts'
import { rowsContract } from '../../../contracts/rows.contract.ts'
import { scoresContract } from '../../../contracts/scores.contract.ts'
import { statesContract } from '../../../contracts/states.contract.ts'
import { layLink } from '../../../../scripts/lib/chaos/cuttable-link.ts'
import { eventually } from '../../../support/eventually.ts'
import { MONGODB_URI, mongodbStore, ownDatabases } from '../../../support/mongodb-store.ts'
import type { OwnDatabases } from '../../../support/mongodb-store.ts'
import { at } from '../../../support/workbench.ts'

if (MONGODB_URI === undefined) {
  describe('MongoDB', () => {
    it.skip('is not tested: set MONGODB_URI to a server, as test/contracts/README.md says', () => {})
  })
} else {
  rowsContract(
    'MongoDB',
    mongodbStore(({ rows }) => rows),
  )
  scoresContract(
    'MongoDB',
    mongodbStore(({ scores }) => scores),
  )
  modelsContract(
    'MongoDB',
    mongodbStore(({ models }) => models),
  )
  deadLettersContract(
    'MongoDB',
    mongodbStore(({ deadLetters }) => deadLetters),
  )
  forecastsContract(
    'MongoDB',
    mongodbStore(({ forecasts }) => forecasts),
  )
  statesContract(
    'MongoDB',
    mongodbStore(({ states }) => states),
  )
}

const row = { series: 's', timestamp: '2011-01-01T00:00:00.000Z', features: { a: 1 }, target: 1 }
const model = (trigger: string, body = '{}') => {
  return { name: 'm', trigger, description: 'd', score: 0.5, trainedThrough: at(0), body }
}

const onServer = MONGODB_URI === undefined ? describe.skip : describe

onServer('the MongoDB store', () => {
  let own: OwnDatabases
  let opened: Database[]
  beforeEach(async () => {
    own = await ownDatabases()
    opened = []
  })
  afterEach(async () => {
    for (const database of opened) await database.close()
    await own.remove()
  })

  async function open(uri = own.uri): Promise<Database> {
    const database = await mongodbStores(uri, { names: own.names })
    opened.push(database)
    return database
  }

  const collection = (name: string) => own.client.db(own.names.data).collection(name)
  const bucketCollection = (name: string) => own.client.db(own.names.models).collection(name)

  /** The server behind a link that can be cut; its address, which names it alone. */
  async function openLink(options?: { cut: boolean }) {
    const [, port = '27017'] = /^mongodb:\/\/[^/]*?:(\d+)[,/]/.exec(own.uri) ?? []
    const link = await layLink(Number(port), options)
    return { link, uri: `mongodb://127.0.0.1:${link.port}/?directConnection=true` }
  }

  describe('keeps', () => {
    it('a row as the seed system did: one flat key, its time a date, what has not come absent', async () => {
      const { rows } = await open()
      await rows.merge([{ series: 's', timestamp: row.timestamp, target: 1 }])
      expect(await collection('ts').findOne()).toEqual({
        _id: expect.anything(),
        series: 's',
        timestamp: row.timestamp,
        time: new Date(row.timestamp),
        target: 1,
        storedAt: expect.any(Date),
      })
    })

    it('the time a row was first stored at, by the clock of the server', async () => {
      const { rows } = await open()
      await rows.merge([row])
      const storedAt = async (): Promise<unknown> =>
        (await collection('ts').findOne())?.['storedAt']
      const first = await storedAt()
      const { localTime } = await own.client.db('admin').command({ hello: 1 })
      await rows.merge([{ ...row, target: 2 }])
      expect(await storedAt()).toEqual(first)
      expect(Number(localTime) - Number(first)).toBeGreaterThanOrEqual(0)
      expect(Number(localTime) - Number(first)).toBeLessThan(60_000)
    })

    it.each([
      ['ts', 7],
      ['scores', 7],
      ['forecasts', 7],
      ['dead', 30],
    ])('%s for %d days from when it was stored', async (name, days) => {
      await open()
      const indexes = await collection(name).listIndexes().toArray()
      expect(indexes).toContainEqual(
        expect.objectContaining({ key: { storedAt: 1 }, expireAfterSeconds: days * 24 * 3_600 }),
      )
    })

    it('a model as a GridFS file that any client reads, under the names of the seed system', async () => {
      const { models } = await open()
      const body = JSON.stringify({ text: 'x'.repeat(600_000) })
      await models.register(model('t', body))
      const bucket = new GridFSBucket(own.client.db(own.names.models), { bucketName: 'models' })
      const [file] = await bucket.find().toArray()
      expect(file).toMatchObject({
        filename: 'm_v0.json',
        length: body.length,
        metadata: { model_name: 'm', version: 0, description: 'd', score: 0.5, trigger: 't' },
      })
      const read = await buffer(bucket.openDownloadStreamByName('m_v0.json'))
      expect(read.toString() === body).toBe(true)
      expect((await models.load('m', 0)) === body).toBe(true)
    })
  })

  describe('of models', () => {
    const countOf = (name: string) => bucketCollection(name).countDocuments()

    it('has no chunks of registrations that lost the race for one trigger', async () => {
      const { models } = await open()
      await Promise.all(Array.from({ length: 10 }, () => models.register(model('t'))))
      expect([await countOf('models.files'), await countOf('models.chunks')]).toEqual([1, 1])
    })

    it('has no chunks of versions that are no longer kept', async () => {
      const { models } = await open()
      for (let index = 0; index < 102; index += 1) await models.register(model(`t${index}`))
      expect([await countOf('models.files'), await countOf('models.chunks')]).toEqual([100, 100])
    }, 60_000)

    it('takes away chunks whose writer was killed, once they are an hour old', async () => {
      const hours = (ago: number) =>
        ObjectId.createFromTime(Math.floor(Date.now() / 1_000) - ago * 3_600)
      await bucketCollection('models.chunks').insertMany(
        [hours(2), hours(0.5)].map((id) => ({ files_id: id, n: 0, data: Buffer.from('x') })),
      )
      const { models } = await open()
      await models.register(model('t'))
      expect(await countOf('models.chunks')).toBe(2)
    })

    it('lets files of others stand in the bucket', async () => {
      const bucket = new GridFSBucket(own.client.db(own.names.models), { bucketName: 'models' })
      for (const name of ['ridgecv_v0.p', 'ridgecv_v1.p'])
        bucket.openUploadStream(name).end('pickle')
      await eventually(async () => (await countOf('models.files')) === 2)
      const { models } = await open()
      expect((await models.register(model('t'))).version).toBe(0)
      expect(await models.list({ limit: 10 })).toHaveLength(1)
    })

    it('refuses one whose contents do not match their hash', async () => {
      const { models } = await open()
      await models.register(model('t'))
      await bucketCollection('models.chunks').updateOne({}, { $set: { data: Buffer.from('[]') } })
      await expect(models.load('m', 0)).rejects.toThrow('m version 0 does not match its hash')
    })
  })

  describe('refuses to start on', () => {
    it.each([
      ['an index of another time', 'ts', { storedAt: 1 }, { expireAfterSeconds: 60 }, '604800'],
      ['an index that is not unique', 'ts', { series: 1, timestamp: 1 }, {}, '"unique":true'],
      ['one of its names on other keys', 'dead', { code: 1 }, { name: 'expiry' }, 'storedAt'],
    ] as const)('%s, and says which and what to do', async (_name, where, key, options, words) => {
      await collection(where).createIndex({ ...key }, options)
      const failure = describeError(await open().catch((error: unknown) => error))
      expect(failure).toContain(`${own.names.data}.${where}`)
      expect(failure).toContain(words)
      expect(failure).toContain('drop it')
    })

    it('rows that are there twice', async () => {
      await collection('ts').insertMany([{ ...row }, { ...row }])
      await expect(open()).rejects.toThrow('delete one of each')
    })

    it('a wrong login, quoting no secret', async () => {
      const uri = own.uri.replace('//', '//somebody:s3cret%21word@')
      const failure = describeError(await open(uri).catch((error: unknown) => error))
      expect(failure).toContain('refuses the user or the password')
      expect(failure).not.toMatch(/s3cret/)
    })

    it.each(['mongodb://a:s3cret:x@host/', 'mongodb://a:s3cret@host/?bogus=1', 'mongodb://'])(
      'an address that the driver cannot read, %s, quoting nothing of it',
      async (uri) => {
        const failure = describeError(await open(uri).catch((error: unknown) => error))
        expect(failure).toContain('cannot read the address')
        expect(failure).not.toMatch(/s3cret|bogus/)
      },
    )
  })

  it('lets indexes of others stand', async () => {
    await collection('ts').createIndex({ time: 1 }, { name: 'of-somebody' })
    const { rows } = await open()
    expect(await rows.merge([row])).toHaveLength(1)
  })

  it('asks for another try while the server is away, and goes on when it is back', async () => {
    const { link, uri } = await openLink()
    const { rows } = await open(uri)
    await rows.merge([row])
    await link.cut()
    await expect(rows.merge([{ ...row, target: 2 }])).rejects.toMatchObject({
      name: 'RetryableError',
    })
    await link.mend()
    const [after] = await eventually(() => rows.merge([{ ...row, features: { b: 2 } }]), 20_000)
    expect(after?.features).toEqual({ a: 1, b: 2 })
    await link.cut()
  }, 40_000)

  it('is opened while the server is away, and works when it comes', async () => {
    const { link, uri } = await openLink({ cut: true })
    const { rows } = await open(uri)
    const failure: unknown = await rows.merge([row]).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'RetryableError' })
    expect(describeError(failure)).toContain('ECONNREFUSED')
    await link.mend()
    expect(await eventually(() => rows.merge([row]), 20_000)).toHaveLength(1)
    await link.cut()
  }, 40_000)

  it('makes its indexes again when the server comes back without them', async () => {
    const { link, uri } = await openLink()
    const { rows } = await open(uri)
    await rows.merge([row])
    await link.cut()
    await expect(rows.merge([row])).rejects.toMatchObject({ name: 'RetryableError' })
    await own.client.db(own.names.data).dropDatabase()
    await link.mend()
    await eventually(() => rows.merge([row]), 20_000)
    const names = z.array(z.looseObject({ name: z.string() }))
    const indexes = names.parse(await collection('ts').listIndexes().toArray())
    expect(indexes.map(({ name }) => name)).toContain('row')
    await link.cut()
  }, 40_000)
})
