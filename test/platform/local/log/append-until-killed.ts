import { openSqliteLog } from '../../../../platform/local/log/sqlite-log.ts'

// Run by sqlite-log.test.ts: appends for ever and prints each position once it is acknowledged.
const [path = ''] = process.argv.slice(2)
const log = openSqliteLog(path, () => Date.now())
log.createTopic({ topic: 'rows', partitions: 2, retentionMs: undefined, maxMessageBytes: 10_000 })
for (;;) {
  const appends = Array.from({ length: 7 }, () =>
    log.append([
      { topic: 'rows', key: undefined, headers: {}, value: new TextEncoder().encode('row') },
    ]),
  )
  for (const [position] of await Promise.all(appends)) {
    process.stdout.write(`${JSON.stringify(position)}\n`)
  }
}
