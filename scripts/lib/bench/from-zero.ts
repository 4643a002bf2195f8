import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'

import type { Facts } from '../../../platform/local/facts.ts'
import { createPorts } from '../../../platform/local/parts/service/ports.ts'
import { startPlatform } from '../../../platform/local/platform.ts'
import type { Platform } from '../../../platform/local/platform.ts'
import { makeSmallFolder } from './small-folder.ts'

const TIMES = 9
const POLL_MS = 5
/** The window and the grace period pass in a second. */
const SPEED = 40
const ARGUMENTS = [
  'node_modules/@google-cloud/functions-framework/build/src/main.js',
  '--source=functions/noop.cjs',
  '--target=noop',
]
const FILES = {
  'functions/noop.cjs': `
    const { http } = require('@google-cloud/functions-framework')
    http('noop', (request, response) => response.send('done'))`,
  'functions/service.yaml': `
    apiVersion: serving.knative.dev/v1
    kind: Service
    metadata: { name: noop }
    spec:
      template:
        metadata: { annotations: { autoscaling.knative.dev/window: 6s } }
        spec: { containers: [{ command: ${JSON.stringify(['node', ...ARGUMENTS])} }] }`,
}

export interface FromZero {
  /** Medians, milliseconds: from the first request to its answer, and from the start of the bare process to one. */
  readonly oursMs: number
  readonly bareMs: number
}

/** The same function of the functions framework, woken from zero by a request, and started by hand, in turn. */
export async function benchFromZero(facts: Facts): Promise<FromZero> {
  const folder = await makeSmallFolder(FILES)
  const platform = await startPlatform({
    folder: folder.path,
    stateFolder: join(folder.path, '.nowcast'),
    port: 0,
    fresh: false,
    speed: SPEED,
    facts,
  })
  try {
    const ours: number[] = []
    const bare: number[] = []
    for (let time = 0; time < TIMES; time++) {
      ours.push(await wakeMs(platform))
      bare.push(await bareStartMs(folder.path))
    }
    return { oursMs: median(ours), bareMs: median(bare) }
  } finally {
    await platform.close()
    await folder.remove()
  }
}

async function wakeMs(platform: Platform): Promise<number> {
  while (platform.view.services()[0]?.state !== 'idle' || platform.pids().length > 0) {
    await pause(POLL_MS)
  }
  const began = performance.now()
  if (!(await isAnswered(platform.port, 'noop.default.localhost'))) {
    throw new Error('the function did not answer from zero')
  }
  return performance.now() - began
}

async function bareStartMs(folder: string): Promise<number> {
  const port = await createPorts().take()
  const began = performance.now()
  const child = spawn(process.execPath, ARGUMENTS, {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: String(port) },
    stdio: 'ignore',
  })
  while (!(await isAnswered(port, 'localhost'))) await pause(POLL_MS)
  const ms = performance.now() - began
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  return ms
}

function isAnswered(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, headers: { host }, agent: false })
    sent.on('response', (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200))
    })
    sent.on('error', () => resolve(false))
    sent.end()
  })
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
