import { createHash } from 'node:crypto'

import type { ModelVersion, Models } from '../ports/models.ts'
import { timestampKey } from '../timestamps.ts'
import { NOW, column } from './sqlite-database.ts'
import type { SqliteDatabase } from './sqlite-database.ts'

const KEPT_VERSIONS = 100
const FACTS = `name, version, trigger, description, score, trained_through, hash,
  length(cast(body as blob)) as length, stored_at`

/** The model registry in SQLite. Version numbers are drawn inside the transaction that stores the version. */
export function sqliteModels(database: SqliteDatabase): Models {
  const { sql } = database
  const byTrigger = sql.prepare(`select ${FACTS} from models where name = ? and trigger = ?`)
  const insert = sql.prepare(
    `insert into models
     (name, version, trigger, description, score, trained_through, hash, body, stored_at)
     select ?, coalesce(max(version) + 1, 0), ?, ?, ?, ?, ?, ?, ${NOW} from models where name = ?`,
  )
  const prune = sql.prepare(
    `delete from models where name = ? and version <= ?
     and version not in (select value from json_each(?))`,
  )
  const listAll = sql.prepare(`select ${FACTS} from models order by name, version desc limit ?`)
  const listOne = sql.prepare(
    `select ${FACTS} from models where name = ? order by version desc limit ?`,
  )
  const load = sql.prepare('select hash, body from models where name = ? and version = ?')

  return {
    register: (model, served = []) =>
      database.write(() => {
        const { name, trigger, description, score, trainedThrough, body } = model
        const before = byTrigger.get(name, trigger)
        if (before !== undefined) return modelVersion(before)
        insert.run(name, trigger, description, score, trainedThrough, sha256(body), body, name)
        const made = byTrigger.get(name, trigger)
        if (made === undefined) throw new Error('a version that was stored cannot be read')
        const version = modelVersion(made)
        prune.run(name, version.version - KEPT_VERSIONS, JSON.stringify(served))
        return version
      }),
    list: ({ name, limit }) =>
      database.read(() =>
        (name === undefined ? listAll.all(limit) : listOne.all(name, limit)).map(modelVersion),
      ),
    load: (name, version) =>
      database.read(() => {
        const row = load.get(name, version)
        if (row === undefined) return undefined
        const body = column(row, 'body', 'string')
        if (sha256(body) !== column(row, 'hash', 'string')) {
          throw new Error(
            `${name} version ${version} does not match its hash: train a new version; this one cannot be used`,
          )
        }
        return body
      }),
  }
}

function modelVersion(row: Record<string, unknown>): ModelVersion {
  const name = column(row, 'name', 'string')
  const version = column(row, 'version', 'number')
  return {
    name,
    version,
    trigger: column(row, 'trigger', 'string'),
    description: column(row, 'description', 'string'),
    score: column(row, 'score', 'number'),
    trainedThrough: column(row, 'trained_through', 'string'),
    length: column(row, 'length', 'number'),
    id: sha256(`${name}/${version}/${column(row, 'hash', 'string')}`).slice(0, 24),
    uploadedAt: timestampKey(column(row, 'stored_at', 'number')),
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
