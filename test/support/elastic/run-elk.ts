import { spawn } from 'node:child_process'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { exitCode } from '../cli.ts'
import type { Outcome } from '../cli.ts'

const SCRIPT = fileURLToPath(new URL('../../../scripts/elk.ts', import.meta.url))

/** Runs `scripts/elk.ts` as a process of its own, without a login unless the environment given has one. */
export async function runElk(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [SCRIPT, ...args], { env: { PATH, HOME, ...env } })
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exitCode(child),
  ])
  return { code, stdout, stderr }
}
