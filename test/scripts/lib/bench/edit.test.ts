import { expect, it } from '@jest/globals'

import { benchEdit } from '../../../../scripts/lib/bench/edit.ts'

it('a function edited during 1,000 events at 100/s loses none and doubles none, and its new code does the rest', async () => {
  const errors: string[] = []
  const edited = await benchEdit((level, who, fact) => {
    if (level === 'error') errors.push(`${who} ${fact}`)
  })
  expect(edited).toMatchObject({ results: 1_000, distinct: 1_000 })
  expect(edited.byNewCode).toBeGreaterThan(0)
  expect(errors).toEqual([])
}, 120_000)
