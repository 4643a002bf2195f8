import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { expire, openSqlite, setClock } from '../../../../functions/lib/adapters/sqlite-database.ts'
import { sqliteModels } from '../../../../functions/lib/adapters/sqlite-models.ts'
import { sqliteRows } from '../../../../functions/lib/adapters/sqlite-rows.ts'
import { deadLettersContract } from '../../../contracts/dead-letters.contract.ts'
import { forecastsContract } from '../../../contracts/forecasts.contract.ts'
import { modelsContract } from '../../../contracts/models.contract.ts'
import { rowsContract } from '../../../contracts/rows.contract.ts'
import { scoresContract } from '../../../contracts/scores.contract.ts'
import { statesContract } from '../../../contracts/states.contract.ts'
import { sqliteStore } from '../../../support/sqlite-store.ts'
import { at } from '../../../support/workbench.ts'

rowsContract(
  'SQLite',
  sqliteStore(({ rows }) => rows),
)
scoresContract(
  'SQLite',
  sqliteStore(({ scores }) => scores),
)
modelsContract(
  'SQLite',
  sqliteStore(({ models }) => models),
)
deadLettersContract(
  'SQLite',
  sqliteStore(({ deadLetters }) => deadLetters),
)
forecastsContract(
  'SQLite',
  sqliteStore(({ forecasts }) => forecasts),
)
statesContract(
  'SQLite',
  sqliteStore(({ states }) => states),
)

describe('the SQLite store', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nowcast-'))
    path = join(folder, 'store.db')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const row = { series: 's', timestamp: '2011-01-01T00:00:00.000Z', features: { a: 1 }, target: 1 }
  const day = 24 * 3_600_000

  it('counts expiry from when a row was stored, by the clock it is given, not from its own time', async () => {
    const database = openSqlite(path)
    const rows = sqliteRows(database)
    const begin = Date.UTC(2026, 0, 1)
    await setClock(database, { now: begin, speed: 0 })
    await rows.merge([row])
    await setClock(database, { now: begin + 7 * day, speed: 0 })
    await expire(database)
    expect(await rows.newestComplete('s')).toBe(row.timestamp)
    await setClock(database, { now: begin + 7 * day + 1, speed: 0 })
    await expire(database)
    expect(await rows.newestComplete('s')).toBeUndefined()
    database.close()
  })

  it('has a clock that never goes back', async () => {
    const database = openSqlite(path)
    await setClock(database, { now: 2_000, speed: 0 })
    await setClock(database, { now: 1_000, speed: 0 })
    expect(database.sql.prepare('select now from clock').get()).toEqual({ now: 2_000 })
    database.close()
  })

  it('asks for another try while another writer holds the file, and when the file is gone read-only', async () => {
    const database = openSqlite(path)
    database.sql.exec('pragma busy_timeout = 1')
    const other = new DatabaseSync(path)
    other.exec('begin immediate')
    await expect(sqliteRows(database).merge([row])).rejects.toMatchObject({
      name: 'RetryableError',
    })
    other.exec('rollback')
    database.sql.exec('pragma query_only = 1')
    await expect(sqliteRows(database).merge([row])).rejects.toMatchObject({
      name: 'RetryableError',
    })
    other.close()
    database.close()
  })

  it('refuses a model whose contents do not match their hash', async () => {
    const database = openSqlite(path)
    const models = sqliteModels(database)
    const model = {
      name: 'm',
      trigger: 't',
      description: '',
      score: 0,
      trainedThrough: at(0),
      body: '{}',
    }
    await models.register(model)
    database.sql.exec(`update models set body = '{"evil":1}'`)
    await expect(models.load('m', 0)).rejects.toThrow('m version 0 does not match its hash')
    database.close()
  })

  it('refuses a file that is no database', async () => {
    await writeFile(
      path,
      'no database at all, but long enough to be read as a header of one'.repeat(20),
    )
    expect(() => openSqlite(path)).toThrow(`${path} is damaged or not a database: move it away`)
  })
})
