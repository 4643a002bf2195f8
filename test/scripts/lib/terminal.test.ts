import { describe, expect, it } from '@jest/globals'

import { cut, printable } from '../../../scripts/lib/printable.ts'
import { clock, factJson, factLine, startColours } from '../../../scripts/lib/terminal.ts'
import type { Fact } from '../../../scripts/lib/terminal.ts'

const time = new Date(Date.UTC(2026, 0, 1, 12))
const fact = (rest: Partial<Fact> = {}): Fact => ({
  time,
  level: 'info',
  who: 'persist',
  fact: 'stored',
  details: {},
  ...rest,
})

const ESCAPE = '\u001b'

describe('a fact as a line for people', () => {
  it.each<{ what: string; given: Fact; line: string }>([
    { what: 'who and what', given: fact(), line: 'persist             │ stored' },
    {
      what: 'its details',
      given: fact({ details: { rows: 3, series: 'a b', where: { partition: 1 } } }),
      line: 'persist             │ stored rows=3 series=a b where={"partition":1}',
    },
    {
      what: 'the name of a function once',
      given: fact({ details: { function: 'persist', rows: 3 } }),
      line: 'persist             │ stored rows=3',
    },
    {
      what: 'that it is a warning',
      given: fact({ level: 'warn', who: 'KafkaSource persist' }),
      line: 'KafkaSource persist │ warning: stored',
    },
    {
      what: 'that it is an error',
      given: fact({ level: 'error' }),
      line: 'persist             │ error: stored',
    },
    {
      what: 'control characters by their codes',
      given: fact({ fact: `a${ESCAPE}[2Jb\nc`, details: { k: '\u202ex' } }),
      line: 'persist             │ a\\u001b[2Jb\\u000ac k=\\u202ex',
    },
  ])('says $what', ({ given, line }) => {
    expect(factLine(given, undefined)).toBe(`${clock(time)} ${line}`)
  })

  it('is coloured when there are colours: a name always alike, its parts as itself', () => {
    const colours = startColours()
    const first = (given: Fact) => factLine(given, colours).split('persist')[0]
    const persist = first(fact())
    factLine(fact({ who: 'train' }), colours)
    expect(first(fact({ fact: 'read' }))).toBe(persist)
    expect(first(fact({ who: 'KafkaSource persist' }))).toBe(`${persist}KafkaSource `)
    expect(colours('persist')).not.toBe(colours('train'))
  })

  it('does not grow with its details', () => {
    const line = factLine(fact({ details: { rows: 'x'.repeat(10_000) } }), undefined)
    expect(line.length).toBeLessThan(250)
  })
})

describe('a fact as JSON', () => {
  it('is one line, and its own members win', () => {
    const line = factJson(fact({ fact: 'a\nb', details: { level: 'none', rows: 3 } }))
    expect(line).not.toContain('\n')
    expect(JSON.parse(line)).toEqual({
      time: '2026-01-01T12:00:00.000Z',
      level: 'info',
      who: 'persist',
      fact: 'a\nb',
      rows: 3,
    })
  })
})

describe('text for a terminal', () => {
  it('keeps letters of every script', () => {
    expect(printable('naïve 日本 ✓')).toBe('naïve 日本 ✓')
  })

  it('is cut with a sign that it was', () => {
    expect(cut('12345', 5)).toBe('12345')
    expect(cut('123456', 5)).toBe('1234…')
  })
})
