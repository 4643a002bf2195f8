#!/usr/bin/env node
// Puts a dump of MongoDB back: a Job of the suspended CronJob mongodb-restore (platform/components/mongodb-backup) takes
// it from the bucket. Collections of the dump take the place of those that are there; stop what writes first.
//
//   node scripts/restore-mongodb.mjs                              lists the dumps there are
//   node scripts/restore-mongodb.mjs 2026-11-22T031700Z           asks, then restores that one
//   … --yes --context <kube context> --timeout <seconds>          without asking, elsewhere, for longer than 1800
import process, { stdin } from 'node:process'
import { $, argv, echo, question } from 'zx'
import { checkDump, ended, jobFor } from './lib/restore/restore-job.ts'

const NAMESPACE = 'nowcast'
const [dump = ''] = argv._
const timeoutMs = Number(argv['timeout'] ?? 1800) * 1_000
const context = argv['context'] === undefined ? [] : ['--context', String(argv['context'])]
const at = [...context, '--namespace', NAMESPACE]
const quietly = $({ quiet: true })

try {
  if (dump !== '') {
    checkDump(dump)
    await consent()
  }
  const template = await quietly`kubectl ${at} get cronjob mongodb-restore --output json`
  const input = jobFor(template.stdout, NAMESPACE, dump)
  const made = await quietly({ input })`kubectl ${at} create --filename - --output name`
  const job = made.stdout.trim()
  echo(`${job} is at work`)

  const look = () => quietly`kubectl ${at} get ${job} --output json`.text()
  const isDone = await ended(look, timeoutMs)
  const container = dump === '' ? 'fetch' : 'restore'
  const logs = await quietly({ nothrow: true })`kubectl ${at} logs ${job} --container ${container}`
  echo(logs.stdout.trimEnd())
  if (!isDone) throw new Error(`${job} failed; kubectl describe ${job} says where`)
  echo(dump === '' ? 'Name one of them to restore it.' : `${dump} is restored.`)
} catch (error) {
  const told = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
  const message = error instanceof Error ? error.message : String(error)
  process.stderr.write(`restore-mongodb: ${told === '' ? message : told}\n`)
  process.exitCode = 1
}

/** Goes on only when a person types the dump's name, or said --yes: what is in the databases now is lost. */
async function consent() {
  if (argv['yes'] === true) return
  const asked = `mldb and modeldb get the contents of ${dump}. Type its name to go on: `
  if (!stdin.isTTY) {
    throw new Error('nobody is here to be asked; say --yes to overwrite mldb and modeldb')
  }
  if ((await question(asked)).trim() !== dump) throw new Error('nothing was changed')
}
