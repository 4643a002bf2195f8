import { describe, expect, it } from '@jest/globals'

import { trackOffsets } from '../../../../../platform/local/parts/kafka-source/offsets.ts'

describe('trackOffsets', () => {
  it('commits up to the first record that is not done, whatever the order', () => {
    const tracker = trackOffsets(5)
    for (const offset of [5, 6, 7, 8]) tracker.begin(offset)
    expect(tracker.committable()).toBe(5)

    tracker.done(7)
    tracker.done(6)
    expect(tracker.committable()).toBe(5)
    tracker.done(5)
    expect(tracker.committable()).toBe(8)
    tracker.done(8)
    expect([tracker.committable(), tracker.next()]).toEqual([9, 9])
  })

  it('counts offsets that no longer exist as done', () => {
    const tracker = trackOffsets(5)
    tracker.begin(5)
    tracker.skipTo(20)
    expect([tracker.committable(), tracker.next()]).toEqual([5, 20])
    tracker.begin(25)
    tracker.done(5)
    expect([tracker.committable(), tracker.next()]).toEqual([25, 26])
  })

  it('knows how many records are left', () => {
    const tracker = trackOffsets(5)
    expect(tracker.unfinished(10)).toBe(5)
    tracker.begin(5)
    tracker.begin(6)
    tracker.done(6)
    expect(tracker.unfinished(10)).toBe(4)
  })
})
