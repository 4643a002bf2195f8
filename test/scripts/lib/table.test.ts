import { describe, expect, it } from '@jest/globals'

import { table } from '../../../scripts/lib/table.ts'

describe('a table', () => {
  it('aligns its columns, figures to the right, and ends no line in spaces', () => {
    expect(
      table(
        ['name', 'n', 'last'],
        [
          ['a', 5, 'x'],
          ['longer', 12, ''],
        ],
      ),
    ).toBe(['name     n  last', 'a        5  x', 'longer  12'].join('\n'))
  })

  it('shows what could move the cursor by its code', () => {
    expect(table(['a'], [['\u001b[2J\n']])).toBe('a\n\\u001b[2J\\u000a')
  })
})
