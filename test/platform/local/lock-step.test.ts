import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import { lockStep } from '../../../platform/local/lock-step.ts'

const START = Date.UTC(2026, 0, 1)

/** A clock, and a diary that says what happened and how many milliseconds after the start. */
function setUp({ jumps = false } = {}) {
  const clock = lockStep({ start: START, jumps })
  const diary: string[] = []
  const note = (text: string) => diary.push(`${clock.now() - START} ${text}`)
  return { clock, diary, note }
}

describe('time in lock step', () => {
  it('stands still until it begins, then goes from one due thing to the next', async () => {
    const { clock, diary, note } = setUp()
    const waits = [3_600_000, 1_000, 2_000].map(async (ms) => {
      await clock.sleep(ms)
      note('woke')
    })
    await delay(5)
    expect(diary).toEqual([])
    clock.begin()
    await Promise.all(waits)
    expect(diary).toEqual(['1000 woke', '2000 woke', '3600000 woke'])
  })

  it('does not go on while something is being done', async () => {
    const { clock, diary, note } = setUp()
    const later = clock.sleep(1_000).then(() => note('later'))
    const work = clock.turn(1, async () => {
      await delay(20)
      note('done')
    })
    clock.begin()
    await Promise.all([later, work])
    expect(diary).toEqual(['0 done', '1000 later'])
  })

  it('does one thing at a time, the lowest order first, whoever asked first', async () => {
    const { clock, diary, note } = setUp()
    const work = (order: number, name: string) =>
      clock.turn(order, async () => {
        note(`${name} begins`)
        await delay(1)
        note(`${name} ends`)
      })
    const all = [work(3, 'c'), work(1, 'a'), work(2, 'b'), work(1, 'a again')]
    clock.begin()
    await Promise.all(all)
    expect(diary).toEqual(
      ['a', 'a again', 'b', 'c'].flatMap((name) => [`0 ${name} begins`, `0 ${name} ends`]),
    )
  })

  it('lets what follows from a turn ask for its own before it chooses', async () => {
    const { clock, diary, note } = setUp()
    const last = clock.turn(9, async () => note('last'))
    const chain = clock
      .turn(1, async () => note('cause'))
      .then(async () => Promise.resolve())
      .then(() => clock.turn(2, async () => note('effect')))
    clock.begin()
    await Promise.all([last, chain])
    expect(diary).toEqual(['0 cause', '0 effect', '0 last'])
  })

  it('does what one wait brings about before it wakes the next that is due at the same time', async () => {
    const { clock, diary, note } = setUp()
    const wait = async (name: string) => {
      await clock.sleep(1_000)
      await clock.turn(1, async () => note(`${name} tells`))
      await clock.turn(1, async () => note(`${name} is heard`))
    }
    const all = [wait('one'), wait('other')]
    clock.begin()
    await Promise.all(all)
    expect(diary).toEqual([
      '1000 one tells',
      '1000 one is heard',
      '1000 other tells',
      '1000 other is heard',
    ])
  })

  it('goes on after work that fails, and hands its failure on', async () => {
    const { clock, diary, note } = setUp()
    const broken = clock.turn(1, () => Promise.reject(new Error('broken')))
    const next = clock.turn(2, async () => note('next'))
    clock.begin()
    await expect(broken).rejects.toThrow('broken')
    await next
    expect(diary).toEqual(['0 next'])
  })

  it('does not wait for a wait or a turn that was given up', async () => {
    const { clock } = setUp()
    const stop = new AbortController()
    const given = clock.sleep(60_000, stop.signal)
    stop.abort(new Error('closing'))
    await expect(given).rejects.toThrow('closing')
    await expect(clock.sleep(1, stop.signal)).rejects.toThrow('closing')
    clock.begin()
    await expect(clock.turn(1, async () => undefined, stop.signal)).rejects.toThrow('closing')
    await clock.sleep(120_000)
    expect(clock.now() - START).toBe(120_000)
  })
})

describe('a clock that jumps', () => {
  it('does not stop for ticks, and wakes each once on the way, with the time of arrival', async () => {
    const { clock, diary, note } = setUp({ jumps: true })
    const stop = new AbortController()
    const tick = async () => {
      for (;;) {
        await clock.sleep(60_000, stop.signal, 'tick')
        note('tick')
      }
    }
    const ticks = tick()
    const rows = (async () => {
      for (const hour of [1, 2, 5]) {
        await clock.sleep(START + hour * 3_600_000 - clock.now())
        note('row')
      }
      stop.abort(new Error('over'))
    })()
    clock.begin()
    await rows
    await expect(ticks).rejects.toThrow('over')
    expect(diary).toEqual(
      [3_600_000, 7_200_000, 18_000_000].flatMap((at) => [`${at} tick`, `${at} row`]),
    )
  })

  it('stops for what is no tick, as a wait before another attempt', async () => {
    const { clock, diary, note } = setUp({ jumps: true })
    const all = [
      clock.sleep(3_600_000).then(() => note('row')),
      clock.sleep(1_000).then(() => note('attempt')),
    ]
    clock.begin()
    await Promise.all(all)
    expect(diary).toEqual(['1000 attempt', '3600000 row'])
  })
})
