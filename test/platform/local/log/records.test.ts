import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import {
  newestRecords,
  positionsBeforeNewest,
  recordsFrom,
} from '../../../../platform/local/log/records.ts'
import { openSqliteLog } from '../../../../platform/local/log/sqlite-log.ts'
import type { SqliteLog } from '../../../../platform/local/log/sqlite-log.ts'

const NO_LIMIT = Number.MAX_SAFE_INTEGER

let folder: string
let log: SqliteLog
let time: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nowcast-'))
  time = 1_000
  log = openSqliteLog(join(folder, 'log.db'), () => time)
  log.createTopic({ topic: 't', partitions: 3, retentionMs: 50, maxMessageBytes: 1_000_000 })
})
afterEach(() => {
  log.close()
  rmSync(folder, { recursive: true })
})

/** Appends texts, one a millisecond, each to the next partition. */
async function append(...texts: string[]): Promise<void> {
  for (const text of texts) {
    time += 1
    const partition = time % 3
    await log.append([
      { topic: 't', partition, key: undefined, headers: {}, value: Buffer.from(text) },
    ])
  }
}

const texts = (records: Iterable<{ value: Uint8Array | undefined }>): string[] =>
  [...records].map(({ value }) => Buffer.from(value ?? []).toString())

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${index}`)

describe('the records of a topic', () => {
  it.each([0, 1, 2, 50, 199, 200, 300])(
    'gives the newest %i across partitions, oldest first',
    async (last) => {
      const all = numbered(200)
      await append(...all)
      expect(texts(newestRecords(log, 't', last, NO_LIMIT))).toEqual(
        last === 0 ? [] : all.slice(-last),
      )
    },
  )

  it('gives the newest that fit when they are over the byte limit', async () => {
    await append('aaaa', 'bbbb', 'cccc')
    expect(texts(newestRecords(log, 't', 3, 9))).toEqual(['bbbb', 'cccc'])
  })

  it('goes on where it stopped, each record once', async () => {
    await append(...numbered(40))
    const positions = positionsBeforeNewest(log, 't', 5)
    const first = texts(recordsFrom(log, 't', positions))
    await append('a', 'b')
    expect([...first, ...texts(recordsFrom(log, 't', positions))]).toEqual([
      '35',
      '36',
      '37',
      '38',
      '39',
      'a',
      'b',
    ])
    expect(texts(recordsFrom(log, 't', positions))).toEqual([])
  })

  it('goes on with what is kept when the rest was deleted', async () => {
    await append('a', 'b', 'c')
    const positions = positionsBeforeNewest(log, 't', 3)
    time += 100
    log.expire()
    await append('d')
    expect(texts(recordsFrom(log, 't', positions))).toEqual(['d'])
  })
})
