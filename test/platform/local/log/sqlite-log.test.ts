import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { openSqliteLog } from '../../../../platform/local/log/sqlite-log.ts'
import { eventLogContract } from '../../../contracts/event-log.contract.ts'

eventLogContract(
  'SQLite',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-'))
    return {
      open: (now) => openSqliteLog(join(folder, 'log.db'), now),
      cleanUp: () => rmSync(folder, { recursive: true }),
    }
  },
  { durable: true },
)

const APPENDER = fileURLToPath(new URL('./append-until-killed.ts', import.meta.url))
const row = { topic: 'rows', key: undefined, headers: {}, value: new TextEncoder().encode('row') }

describe('the SQLite log', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-'))
    path = join(folder, 'log.db')
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  function open(now = () => 1_000) {
    const log = openSqliteLog(path, now)
    log.createTopic({ topic: 'rows', partitions: 2, retentionMs: 100, maxMessageBytes: 10_000 })
    return log
  }

  it('has every record it acknowledged after the process was killed', async () => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', APPENDER, path])
    const acknowledged: string[] = []
    for await (const line of createInterface(child.stdout)) {
      acknowledged.push(line)
      if (acknowledged.length === 500) child.kill('SIGKILL')
    }

    const log = openSqliteLog(path, () => Date.now())
    const stored = new Set<string>()
    for (const { partition, start, end } of log.ranges('rows')) {
      const offsets = log.read('rows', partition, 0, 1_000_000).map(({ offset }) => offset)
      expect(offsets).toEqual(Array.from({ length: end - start }, (_, index) => index))
      for (const offset of offsets) stored.add(JSON.stringify({ partition, offset }))
    }
    log.close()
    expect(acknowledged.length).toBeGreaterThanOrEqual(500)
    expect(acknowledged.filter((position) => !stored.has(position))).toEqual([])
  })

  it('remembers the time that was saved, or the newest record when that is later', async () => {
    const log = open(() => 1_000)
    expect(log.savedTime()).toBeUndefined()
    log.saveTime(900)
    expect(log.savedTime()).toBe(900)
    await log.append([row])
    expect(log.savedTime()).toBe(1_000)
    log.close()

    const again = open(() => 2_000)
    expect(again.savedTime()).toBe(1_000)
    again.saveTime(1_500)
    again.expire()
    again.close()

    const last = open()
    expect(last.savedTime()).toBe(1_500)
    last.close()
  })

  it('frees the rows of a long backlog in several calls, and shows none of them', async () => {
    const log = open(() => time)
    let time = 1_000
    for (let call = 0; call < 24; call++) await log.append(Array.from({ length: 1_000 }, () => row))
    time += 1_000
    log.expire()

    expect(log.ranges('rows').map(({ start, end }) => [start, end])).toEqual([
      [12_000, 12_000],
      [12_000, 12_000],
    ])
    expect(log.read('rows', 0, 0, 10)).toEqual([])
    log.expire()
    log.close()
    const file = new DatabaseSync(path)
    expect(file.prepare('select count(*) as rows from records').get()).toEqual({ rows: 0 })
    file.close()
  })

  it('is for one process at a time, and says so', () => {
    const log = open()
    expect(() => open()).toThrow('another process has it open')
    log.close()
    open().close()
  })

  it('refuses to write once it is closed', async () => {
    const log = open()
    log.close()
    log.close()
    await expect(log.append([row])).rejects.toThrow('is closed')
  })

  it('says that a file is no event log, and what to do', () => {
    writeFileSync(path, 'not a database, but long enough to be looked at as one'.repeat(100))
    expect(() => open()).toThrow(/damaged or no event log.*--fresh/)
  })

  it('leaves the database of another program alone', () => {
    const other = new DatabaseSync(path)
    other.exec('create table t (a)')
    other.close()
    expect(() => open()).toThrow('it is no event log: move it away')
  })

  it('refuses the format of another version', () => {
    open().close()
    const file = new DatabaseSync(path)
    file.exec('pragma user_version = 99')
    file.close()
    expect(() => open()).toThrow('format 99')
  })

  it('says that its folder is missing', () => {
    path = join(folder, 'missing', 'log.db')
    expect(() => open()).toThrow(/cannot be opened for writing.*make its folder/)
  })

  it('says that the file is damaged when that shows while it is read', async () => {
    const log = open()
    await log.append(Array.from({ length: 1_000 }, () => row))
    log.close()
    const file = new DatabaseSync(path)
    const root = file.prepare("select rootpage from sqlite_schema where name = 'records'").get()
    file.close()
    overwrite(path, Number(root?.['rootpage']))

    expect(() => open()).toThrow(/log\.db: it is damaged/)
  })

  it('rejects what does not fit into its quota, names it, and goes on when that is raised', async () => {
    const settings = {
      topic: 'rows',
      partitions: 1,
      retentionMs: undefined,
      maxMessageBytes: 1_000_000,
    }
    const large = { ...row, value: new Uint8Array(50_000) }
    const small = openSqliteLog(path, () => 1, { quotaBytes: 150_000 })
    small.createTopic(settings)
    await small.append([large])
    await small.append([large])
    await expect(small.append([large])).rejects.toThrow(/quota of 150000 bytes.*raise --log-quota/)
    small.commit('group', 'rows', new Map([[0, 1]]))
    expect(small.read('rows', 0, 0, 10)).toHaveLength(2)
    small.close()

    const other = openSqliteLog(path, () => 1, { quotaBytes: 1_000_000 })
    expect(await other.append([large])).toEqual([{ partition: 0, offset: 2 }])
    expect(other.committed('group', 'rows').get(0)).toBe(1)
    other.close()
  })

  it('leaves a file that is over its quota already as it is, and takes nothing more', async () => {
    const log = open()
    const large = { ...row, value: new Uint8Array(9_000) }
    await log.append([large, large, large])
    log.close()
    const full = openSqliteLog(path, () => 1, { quotaBytes: 4_096 })
    await expect(full.append([large, large, large])).rejects.toThrow('quota of 4096 bytes')
    expect(full.ranges('rows').reduce((sum, { end }) => sum + end, 0)).toBe(3)
    full.close()
  })

  it('rejects what does not fit on the disk, keeps what was stored, and goes on', async () => {
    // The shell's limit on file sizes stands in for a full disk.
    const source = `
      const { openSqliteLog } = await import(${JSON.stringify(new URL('../../../../platform/local/log/sqlite-log.ts', import.meta.url))})
      const log = openSqliteLog(${JSON.stringify(path)}, () => 1)
      log.createTopic({ topic: 'rows', partitions: 1, retentionMs: undefined, maxMessageBytes: 1e7 })
      const record = (bytes) => ({ topic: 'rows', key: undefined, headers: {}, value: new Uint8Array(bytes) })
      await log.append([record(10)])
      const failed = await log.append([record(3e6)]).catch((error) => error.message)
      const [position] = await log.append([record(20)])
      console.log(JSON.stringify({ failed, position }))`
    const { stdout, stderr } = spawnSync(
      'sh',
      [
        '-c',
        'ulimit -f 1000; exec "$0" "$@"',
        process.execPath,
        '--input-type=module',
        '-e',
        source,
      ],
      { encoding: 'utf8' },
    )

    expect(stderr.replace(/\(node:.*|\(Use .*/g, '').trim()).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      failed: expect.stringMatching(/disk.*make room/),
      position: { partition: 0, offset: 1 },
    })
    const log = openSqliteLog(path, () => 1)
    expect(log.read('rows', 0, 0, 10).map(({ value }) => value?.length)).toEqual([10, 20])
    log.close()
  })
})

function overwrite(path: string, page: number): void {
  const handle = openSync(path, 'r+')
  writeSync(handle, Buffer.alloc(4_096, 0xff), 0, 4_096, (page - 1) * 4_096)
  closeSync(handle)
}
