import { afterEach, beforeEach, expect, it } from '@jest/globals'

import { RetryableError } from '../../../functions/lib/errors.ts'
import { settle } from '../../../functions/train/settle.ts'
import type { Task } from '../../../functions/train/settle.ts'
import { openWorkbench } from '../../support/workbench.ts'
import type { Workbench } from '../../support/workbench.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench.close())

const sound: Task = {
  id: 'sound',
  attempt: async () => ({ document: { done: true }, versions: [] }),
}
const failing = (id: string, error: Error): Task => ({ id, attempt: () => Promise.reject(error) })

it('does what the other models have to do when one fails, and then fails for it', async () => {
  const { states } = bench.database
  const tasks = [failing('one', new Error('no such fit')), sound, failing('two', new Error('late'))]
  await expect(settle(states, tasks, async () => undefined)).rejects.toThrow('no such fit')
  expect(await states.get('sound')).toMatchObject({ document: { done: true } })
})

it('asks for the event again when any of the models wants that', async () => {
  const tasks = [
    failing('one', new Error('no such fit')),
    failing('two', new RetryableError('away')),
  ]
  const settling = settle(bench.database.states, tasks, async () => undefined)
  await expect(settling).rejects.toBeInstanceOf(RetryableError)
})
