import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'

import { Deadline } from '../../../../platform/local/http/deadline.ts'

const LIMITS = { beginMs: 300_000, wholeMs: 300_000 }

describe('the time of an exchange', () => {
  it('is over once, when its caller goes away', () => {
    const caller = new AbortController()
    const deadline = new Deadline(caller.signal, LIMITS)
    const reasons: string[] = []
    deadline.tell(({ message }) => reasons.push(message))
    caller.abort(new Error('gone'))
    deadline.begun()
    expect([deadline.isTimeUp, deadline.reason?.message, reasons]).toEqual([
      false,
      'gone',
      ['gone'],
    ])
  })

  it('keeps no process alive that has nothing else to do', async () => {
    const module = new URL('../../../../platform/local/http/deadline.ts', import.meta.url).href
    const program = `
      const { Deadline } = await import(${JSON.stringify(module)})
      new Deadline(new AbortController().signal, ${JSON.stringify(LIMITS)})
      console.log('begun')`
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])
    expect((await run).stdout).toBe('begun\n')
  })
})
