import { execFile } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { env, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { z } from 'zod'
import type { Outcome } from '../support/cli.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const DUMP = '2026-11-22T031700Z'

/** Stands in for kubectl: notes each call and what it was given, and answers from files. */
const KUBECTL = `#!/bin/sh
cd "$STAND_IN" || exit 1
echo "$*" >>calls
case "$*" in
*"get cronjob"*)
  [ -f cronjob.json ] && exec cat cronjob.json
  echo 'Error from server (NotFound): cronjobs.batch "mongodb-restore" not found' >&2
  exit 1 ;;
*create*) cat >created.json && echo job.batch/mongodb-restore-x7 ;;
*"get job.batch/mongodb-restore-x7"*) cat job.json ;;
*logs*) echo 'what the container said' ;;
*) exit 1 ;;
esac
`
const COMPLETE = { status: { conditions: [{ type: 'Complete', status: 'True' }] } }
const FAILED = {
  status: {
    conditions: [
      { type: 'FailureTarget', status: 'True' },
      { type: 'Failed', status: 'True' },
    ],
  },
}

const created = z.looseObject({
  kind: z.string(),
  metadata: z.object({ generateName: z.string(), namespace: z.string() }),
  spec: z.looseObject({ template: z.looseObject({ spec: z.looseObject({}) }) }),
})
const written: unknown = parse(
  readFileSync(join(root, 'platform/components/mongodb-backup/restore.yaml'), 'utf8'),
)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nowcast-restore-'))
  writeFileSync(join(folder, 'kubectl'), KUBECTL)
  chmodSync(join(folder, 'kubectl'), 0o755)
  writeFileSync(join(folder, 'cronjob.json'), JSON.stringify(written))
  writeFileSync(join(folder, 'job.json'), JSON.stringify(COMPLETE))
})
afterEach(() => rmSync(folder, { recursive: true }))

function restore(...args: string[]): Promise<Outcome> {
  const script = join(root, 'scripts/restore-mongodb.mjs')
  const around = { ...env, STAND_IN: folder, PATH: `${folder}${delimiter}${env['PATH'] ?? ''}` }
  return new Promise((resolve) => {
    const child = execFile(execPath, [script, ...args], { env: around }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    )
    child.stdin?.end()
  })
}

const calls = (): string[] =>
  existsSync(join(folder, 'calls'))
    ? readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n')
    : []
const job = (): string => readFileSync(join(folder, 'created.json'), 'utf8')

describe('restore-mongodb', () => {
  it('lists the dumps when none is named', async () => {
    const { code, stdout } = await restore()
    expect(stdout).toContain('what the container said\nName one of them to restore it.')
    expect(code).toBe(0)
    expect(job()).toContain('{"name":"BACKUP","value":""}')
    expect(calls().at(-1)).toContain('logs job.batch/mongodb-restore-x7 --container fetch')
  })

  it('asks before it overwrites, and changes nothing when nobody is there to answer', async () => {
    const { code, stderr } = await restore(DUMP)
    expect(stderr).toContain('nobody is here to be asked; say --yes')
    expect(code).toBe(1)
    expect(calls()).toEqual([])
  })

  it('makes the job that the manifest describes, for the dump that was named', async () => {
    const { code, stdout } = await restore(DUMP, '--yes', '--context', 'a cluster')
    expect(stdout).toContain(`${DUMP} is restored.`)
    expect(code).toBe(0)
    expect(
      calls().every((call) => call.startsWith('--context a cluster --namespace nowcast ')),
    ).toBe(true)
    const { kind, metadata } = created.parse(JSON.parse(job()))
    expect({ kind, metadata }).toEqual({
      kind: 'Job',
      metadata: { generateName: 'mongodb-restore-', namespace: 'nowcast' },
    })
    const { spec } = z
      .looseObject({ spec: z.looseObject({ jobTemplate: z.looseObject({ spec: z.unknown() }) }) })
      .parse(written)
    const described = JSON.stringify(spec.jobTemplate.spec).replace(
      '{"name":"BACKUP","value":""}',
      `{"name":"BACKUP","value":"${DUMP}"}`,
    )
    expect(JSON.parse(job())).toHaveProperty('spec', JSON.parse(described))
  })

  it('says what the job said when it failed, and fails too', async () => {
    writeFileSync(join(folder, 'job.json'), JSON.stringify(FAILED))
    const { code, stdout, stderr } = await restore(DUMP, '--yes')
    expect(stdout).toContain('what the container said')
    expect(stderr).toContain('job.batch/mongodb-restore-x7 failed')
    expect(code).toBe(1)
  })

  it('says when it takes too long', async () => {
    writeFileSync(join(folder, 'job.json'), '{}')
    const { code, stderr } = await restore(DUMP, '--yes', '--timeout', '0.1')
    expect(stderr).toContain('is not over after 0.1 s, and runs on')
    expect(code).toBe(1)
  })

  it.each(['latest', '../other', '2026-11-22'])('refuses %s, which names no dump', async (name) => {
    const { code, stderr } = await restore(name, '--yes')
    expect(stderr).toContain('is no name of a dump; write one as 2026-11-22T031700Z')
    expect(code).toBe(1)
    expect(calls()).toEqual([])
  })

  it('says what kubectl said when the component is not there', async () => {
    rmSync(join(folder, 'cronjob.json'))
    const { code, stderr } = await restore(DUMP, '--yes')
    expect(stderr).toContain('cronjobs.batch "mongodb-restore" not found')
    expect(code).toBe(1)
  })
})
