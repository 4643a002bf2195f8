import { createHash } from 'node:crypto'
import { GridFSBucket, MongoServerError, ObjectId } from 'mongodb'
import type { Document, Filter } from 'mongodb'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'

import { RetryableError } from '../errors.ts'
import type { ModelVersion, Models, NewModel } from '../ports/models.ts'
import { isClash } from './mongodb-errors.ts'
import type { MongoDatabase } from './mongodb-database.ts'
import { literal } from './mongodb-upserts.ts'

const KEPT_VERSIONS = 100

/** As GridFS cuts files unless it is told otherwise. */
const CHUNK_BYTES = 255 * 1024

/** Registrations of one name at the same time. */
const TURNS = 200

/** Chunks without a file that are older than this belong to nobody who still writes. */
const ORPHANED_AFTER_MS = 3_600_000
const ORPHANS_A_SWEEP = 1_000

const fileDocument = z.object({
  _id: z.instanceof(ObjectId),
  length: z.number(),
  uploadDate: z.date(),
  metadata: z.object({
    model_name: z.string(),
    version: z.number(),
    trigger: z.string(),
    description: z.string(),
    score: z.number(),
    trainedThrough: z.string(),
    hash: z.string(),
  }),
})
type File = z.infer<typeof fileDocument>

/** Files that are versions of ours: others, the seed system's for one, may stand in the bucket. */
const OURS = { 'metadata.version': { $gte: 0 }, 'metadata.trigger': { $exists: true } }

/**
 * The model registry in the GridFS bucket `modeldb.models`: `<name>_v<N>.json`, a version's facts in `metadata`.
 *
 * A file's chunks are written first, and its document last, with the highest version + 1 under a unique index. Who loses
 * the number tries the next one; who loses the trigger takes its own chunks away.
 */
export function mongodbModels(database: MongoDatabase): Models {
  const files = database.collection('models.files')
  const chunks = database.collection('models.chunks')
  const bucket = new GridFSBucket(database.client.db(database.names.models), {
    bucketName: 'models',
  })
  const swept: { done: boolean } = { done: false }

  async function find(filter: Filter<Document>): Promise<File | undefined> {
    const file = await files.findOne({ ...OURS, ...filter }, { sort: { 'metadata.version': -1 } })
    return file === null ? undefined : fileDocument.parse(file)
  }

  const byTrigger = ({ name, trigger }: NewModel) =>
    find({ 'metadata.model_name': name, 'metadata.trigger': trigger })

  async function register(model: NewModel, served: readonly number[]): Promise<ModelVersion> {
    const before = await byTrigger(model)
    if (before !== undefined) return modelVersion(before)
    await sweepOnce()
    const id = new ObjectId()
    const body = Buffer.from(model.body)
    await chunks.insertMany(chunksOf(id, body))
    const version = await number(id, body, model)
    await prune(model.name, version.version - KEPT_VERSIONS, served)
    return version
  }

  async function number(id: ObjectId, body: Buffer, model: NewModel): Promise<ModelVersion> {
    const newest = await find({ 'metadata.model_name': model.name })
    const first = (newest?.metadata.version ?? -1) + 1
    // A number that is taken is stored, so the next one leaves no gap.
    for (let version = first; version < first + TURNS; version += 1) {
      if (await wins(id, fileOf(model, version, body))) {
        const made = await find({ _id: id })
        if (made === undefined) throw new Error('a version that was stored cannot be read')
        return modelVersion(made)
      }
      const other = await byTrigger(model)
      if (other === undefined) continue
      await chunks.deleteMany({ files_id: id })
      return modelVersion(other)
    }
    await chunks.deleteMany({ files_id: id })
    throw new RetryableError(`too many versions of ${model.name} are registered at once`)
  }

  /** An upsert and no insert: so the upload's date is the server's. */
  async function wins(id: ObjectId, file: Document): Promise<boolean> {
    const update = { $mergeObjects: [literal(file), { _id: '$_id', uploadDate: '$$NOW' }] }
    try {
      await files.updateOne({ _id: id }, [{ $replaceWith: update }], { upsert: true })
      return true
    } catch (error) {
      if (error instanceof MongoServerError && isClash(error)) return false
      throw error
    }
  }

  /** First the documents, so that nobody finds a file whose chunks are gone. */
  async function prune(name: string, through: number, served: readonly number[]): Promise<void> {
    if (through < 0) return
    const old = await files
      .find(
        {
          ...OURS,
          'metadata.model_name': name,
          'metadata.version': { $gte: 0, $lte: through, $nin: [...served] },
        },
        { projection: { _id: 1 } },
      )
      .toArray()
    const ids = old.map(({ _id }) => _id)
    if (ids.length === 0) return
    await files.deleteMany({ _id: { $in: ids } })
    await chunks.deleteMany({ files_id: { $in: ids } })
  }

  /** Takes away what a process left that was killed between a file's chunks and its document, or while it pruned. */
  async function sweepOnce(): Promise<void> {
    if (swept.done) return
    swept.done = true
    const before = ObjectId.createFromTime(Math.floor((Date.now() - ORPHANED_AFTER_MS) / 1_000))
    const orphans = await chunks
      .aggregate([
        { $match: { files_id: { $lt: before }, n: 0 } },
        {
          $lookup: {
            from: files.collectionName,
            localField: 'files_id',
            foreignField: '_id',
            as: 'file',
          },
        },
        { $match: { file: [] } },
        { $limit: ORPHANS_A_SWEEP },
        { $project: { files_id: 1 } },
      ])
      .toArray()
    const ids: unknown[] = orphans.map((orphan): unknown => orphan['files_id'])
    if (ids.length > 0) await chunks.deleteMany({ files_id: { $in: ids } })
  }

  return {
    register: (model, served = []) => database.run(() => register(model, served)),
    list: ({ name, limit }) =>
      database.run(async () => {
        const found = await files
          .find(name === undefined ? OURS : { ...OURS, 'metadata.model_name': name })
          .sort({ 'metadata.model_name': 1, 'metadata.version': -1 })
          .limit(limit)
          .toArray()
        return found.map((file) => modelVersion(fileDocument.parse(file)))
      }),
    load: (name, version) =>
      database.run(async () => {
        const file = await find({ 'metadata.model_name': name, 'metadata.version': version })
        if (file === undefined) return undefined
        const { _id: id, metadata } = file
        const body = await buffer(bucket.openDownloadStream(id))
        if (sha256(body) !== metadata.hash) {
          throw new Error(
            `${name} version ${version} does not match its hash: train a new version; this one cannot be used`,
          )
        }
        return body.toString()
      }),
  }
}

function chunksOf(id: ObjectId, body: Buffer): Document[] {
  return Array.from({ length: Math.ceil(body.length / CHUNK_BYTES) }, (_, n) => {
    return { files_id: id, n, data: body.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES) }
  })
}

function fileOf(model: NewModel, version: number, body: Buffer): Document {
  const { name, trigger, description, score, trainedThrough } = model
  return {
    length: body.length,
    chunkSize: CHUNK_BYTES,
    filename: `${name}_v${version}.json`,
    metadata: {
      model_name: name,
      version,
      description,
      score,
      trigger,
      trainedThrough,
      hash: sha256(body),
    },
  }
}

function modelVersion({ _id, length, uploadDate, metadata }: File): ModelVersion {
  const { model_name: name, version, trigger, description, score, trainedThrough } = metadata
  return {
    name,
    version,
    trigger,
    description,
    score,
    trainedThrough,
    length,
    id: _id.toHexString(),
    uploadedAt: uploadDate.toISOString(),
  }
}

function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex')
}
