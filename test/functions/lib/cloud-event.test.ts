import { describe, expect, it } from '@jest/globals'

import { decodeHeader, encodeHeader, writeCloudEvents } from '../../../functions/lib/cloud-event.ts'
import type { OutgoingEvent } from '../../../functions/lib/events.ts'

const outgoing = (rows: readonly object[], rest: Partial<OutgoingEvent> = {}): OutgoingEvent => {
  return { type: 'dev.nowcast.target', series: 's', partitionKey: 'p', rows, ...rest }
}

describe('writeCloudEvents', () => {
  it('gives the same id to the same contents, and another to others', () => {
    const ids = [
      writeCloudEvents('/f', outgoing([{ a: 1 }])),
      writeCloudEvents('/f', outgoing([{ a: 1 }], { partitionKey: 'q' })),
      writeCloudEvents('/f', outgoing([{ a: 2 }])),
      writeCloudEvents('/g', outgoing([{ a: 1 }])),
      writeCloudEvents('/f', outgoing([{ a: 1 }], { series: 't' })),
      writeCloudEvents('/f', outgoing([{ a: 1 }], { type: 'dev.nowcast.features' })),
    ].map(([event]) => event?.attributes['id'])
    expect(ids[1]).toBe(ids[0])
    expect(new Set(ids).size).toBe(5)
  })

  it('splits at a thousand rows, in order', () => {
    const rows = Array.from({ length: 2_001 }, (_, index) => ({ index }))
    const events = writeCloudEvents('/f', outgoing(rows)).map(({ body }) => JSON.parse(body))
    expect(events.map((data: { rows: object[] }) => data.rows.length)).toEqual([1_000, 1_000, 1])
    expect(events.flatMap((data: { rows: object[] }) => data.rows)).toEqual(rows)
  })

  it('splits at 900 kB, and refuses a row that alone is larger', () => {
    const row = (bytes: number): object => ({ text: 'é'.repeat(bytes / 2) })
    const events = writeCloudEvents('/f', outgoing([row(400_000), row(400_000), row(400_000)]))
    expect(events.map(({ body }) => JSON.parse(body).rows.length)).toEqual([2, 1])
    for (const { body } of events) expect(Buffer.byteLength(body)).toBeLessThan(900_100)
    expect(() => writeCloudEvents('/f', outgoing([row(1_000_000)]))).toThrow(
      expect.objectContaining({ name: 'RejectedError', code: 'row-too-large' }),
    )
  })

  it('writes nothing for no rows', () => {
    expect(writeCloudEvents('/f', outgoing([]))).toEqual([])
  })
})

describe('header values', () => {
  // The CloudEvents HTTP binding 1.0.2, section 3.1.3.2: its own example, and what must be encoded.
  it.each([
    ['Euro € 😀', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
    ['plain-value_1/2', 'plain-value_1/2'],
    ['"100%"', '%22100%25%22'],
    ['a\r\nb', 'a%0D%0Ab'],
  ])('%p are written as %s, and read back', (value, header) => {
    expect(encodeHeader(value)).toBe(header)
    expect(decodeHeader(header)).toBe(value)
  })

  it('are left as they are when they are no valid encoding', () => {
    expect(decodeHeader('100% %zz %ff')).toBe('100% %zz %ff')
  })
})
