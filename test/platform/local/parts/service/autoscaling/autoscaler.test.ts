import { describe, expect, it } from '@jest/globals'
import {
  decide,
  startAutoscaler,
  TICK_MS,
} from '../../../../../../platform/local/parts/service/autoscaling/autoscaler.ts'
import type {
  AutoscalerRules,
  AutoscalerState,
  Decision,
  Observation,
} from '../../../../../../platform/local/parts/service/autoscaling/autoscaler.ts'

// The figures of these cases are those of pkg/autoscaler/scaling/autoscaler_test.go in knative/serving v1.23.0.

const UTILISATION = 0.75
const SECOND = 1_000
const MINUTE = 60_000

function rules(
  target: number,
  targetBurstCapacity: number,
  rest: Partial<AutoscalerRules> = {},
): AutoscalerRules {
  return {
    target,
    total: target / UTILISATION,
    targetBurstCapacity,
    panicThreshold: 2,
    maxScaleUpRate: 10,
    maxScaleDownRate: 10,
    stableWindowMs: MINUTE,
    scaleDownDelayMs: 0,
    activationScale: 0,
    ...rest,
  }
}

function capacity(target: number, burst: number, observed: number, ready: number): number {
  return Math.floor((target / UTILISATION) * ready - burst - observed)
}

/** An autoscaler that is asked again and again, as the platform asks it. */
function asked(given: AutoscalerRules, begun: Partial<AutoscalerState> = {}) {
  let state: AutoscalerState = { ...startAutoscaler(1, 0), ...begun }
  return {
    get panicSince() {
      return state.panicSince
    },
    decide(stable: number, panic: number, rest: Partial<Observation> = {}, now = rest.now ?? 0) {
      const seen = { now, ready: 1, isReachable: true, ...rest, stable, panic }
      const decision: Decision = decide(given, state, seen)
      state = decision.state
      return decision
    },
  }
}

describe('one decision', () => {
  it.each<{
    name: string
    rules: AutoscalerRules
    stable: number
    panic: number
    ready: number
    isReachable?: boolean
    begun?: Partial<AutoscalerState>
    desired: number
    excess: number
  }>([
    {
      name: 'no load wants none',
      rules: rules(10, 100),
      stable: 0,
      panic: 0,
      ready: 1,
      desired: 0,
      excess: capacity(10, 100, 0, 1),
    },
    {
      name: 'an activator that always stays',
      rules: rules(181, -1),
      stable: 21,
      panic: 26,
      ready: 1,
      desired: 1,
      excess: -1,
    },
    {
      name: 'an activator that is there at zero only',
      rules: rules(10, 0),
      stable: 50,
      panic: 49,
      ready: 1,
      desired: 5,
      excess: 0,
    },
    {
      name: 'load of five from one',
      rules: rules(10, 100),
      stable: 50,
      panic: 50,
      ready: 1,
      desired: 5,
      excess: capacity(10, 100, 50, 1),
    },
    {
      name: 'load of five at five',
      rules: rules(10, 100),
      stable: 50,
      panic: 50,
      ready: 5,
      desired: 5,
      excess: capacity(10, 100, 50, 5),
    },
    {
      name: 'in panic the stable value when it is larger',
      rules: rules(1, 100),
      stable: 50,
      panic: 30,
      ready: 5,
      begun: { panicSince: -5 * SECOND, maxPanicInstances: 5 },
      desired: 50,
      excess: capacity(1, 100, 30, 5),
    },
    {
      name: 'in panic the panic value when it is larger',
      rules: rules(1, 100),
      stable: 20,
      panic: 30,
      ready: 5,
      begun: { panicSince: -5 * SECOND, maxPanicInstances: 5 },
      desired: 30,
      excess: capacity(1, 100, 30, 5),
    },
    {
      name: 'a small rate upwards still gains one',
      rules: rules(1, 1982, { maxScaleUpRate: 1.1 }),
      stable: 3,
      panic: 3.1,
      ready: 2,
      desired: 3,
      excess: capacity(1, 1982, 3.1, 2),
    },
    {
      name: 'a small rate downwards',
      rules: rules(10, 1982, { maxScaleDownRate: 1.1 }),
      stable: 1,
      panic: 1,
      ready: 100,
      desired: 90,
      excess: capacity(10, 1982, 1, 100),
    },
    {
      name: 'no rate downwards when nothing is sent to it',
      rules: rules(10, 1982, { maxScaleDownRate: 1.1 }),
      stable: 1,
      panic: 1,
      ready: 100,
      isReachable: false,
      desired: 1,
      excess: capacity(10, 1982, 1, 100),
    },
    {
      name: 'a panic that doubles',
      rules: rules(10, 84),
      stable: 50,
      panic: 100,
      ready: 1,
      desired: 10,
      excess: capacity(10, 84, 100, 1),
    },
    {
      name: 'with none ready as with one',
      rules: rules(10, 81),
      stable: 1000,
      panic: 888,
      ready: 0,
      desired: 10,
      excess: capacity(10, 81, 888, 0),
    },
  ])(
    '$name',
    ({ rules: given, stable, panic, ready, isReachable = true, begun, desired, excess }) => {
      const scaler = asked(given, begun)
      expect(scaler.decide(stable, panic, { ready, isReachable })).toMatchObject({
        desired,
        excessBurstCapacity: excess,
      })
    },
  )
})

describe('several decisions', () => {
  it('follow the stable value outside a panic', () => {
    const scaler = asked(rules(10, 101))
    expect(scaler.decide(50, 10)).toMatchObject({
      desired: 5,
      excessBurstCapacity: capacity(10, 101, 10, 1),
    })
    expect(scaler.decide(100, 10).desired).toBe(10)
  })

  it('go down with it', () => {
    const scaler = asked(rules(10, 98))
    expect(scaler.decide(100, 100, { ready: 8 }).desired).toBe(10)
    expect(scaler.decide(50, 50, { ready: 8 }).desired).toBe(5)
  })

  it('reach zero when the stable window is silent', () => {
    const scaler = asked(rules(10, 75))
    expect(scaler.decide(1, 0).desired).toBe(1)
    expect(scaler.decide(0, 0).desired).toBe(0)
  })

  it('leave zero by the activation scale', () => {
    const scaler = asked(rules(10, 75, { activationScale: 2 }))
    expect(scaler.decide(0, 0).desired).toBe(0)
    expect(scaler.decide(1, 0).desired).toBe(2)
  })

  it('panic, and stop after a window without a surge, at the stable value', () => {
    const scaler = asked(rules(1, 98))
    expect(scaler.decide(11, 25, { ready: 10 }).desired).toBe(25)
    expect(scaler.panicSince).toBe(0)
    expect(scaler.decide(30, 41, { ready: 40, now: MINUTE / 2 }).desired).toBe(41)
    expect(scaler.panicSince).toBe(0)
    const end = MINUTE + TICK_MS
    expect(scaler.decide(50, 56, { ready: 55, now: end }).desired).toBe(50)
    expect(scaler.panicSince).toBeUndefined()
  })

  it('renew the panic while the surge goes on', () => {
    const scaler = asked(rules(1, 98))
    expect(scaler.decide(11, 25, { ready: 10 }).desired).toBe(25)
    expect(scaler.decide(30, 80, { ready: 40, now: MINUTE / 2 }).desired).toBe(80)
    expect(scaler.panicSince).toBe(MINUTE / 2)
  })

  it('never take an instance away in a panic, and do so after it', () => {
    const scaler = asked(rules(10, 93))
    expect(scaler.decide(100, 100).desired).toBe(10)
    expect(scaler.decide(100, 1000, { ready: 10 }).desired).toBe(100)
    expect(scaler.decide(1, 1, { ready: 10, now: 30 * SECOND }).desired).toBe(100)
    expect(scaler.decide(1, 1, { ready: 10, now: 61 * SECOND }).desired).toBe(1)
  })

  it('follow a load that grows sixfold each second until it stays', () => {
    const scaler = asked(rules(1, 101))
    const steps = [
      [6, 1, 0],
      [36, 6, 0],
      [216, 36, SECOND],
      [1296, 216, SECOND],
      [1296, 1296, 2 * SECOND],
    ] as const
    for (const [load, ready, now] of steps) {
      expect(scaler.decide(load, load, { ready, now })).toMatchObject({
        desired: load,
        excessBurstCapacity: capacity(1, 101, load, ready),
      })
    }
  })

  it('gain and lose at most the rate at once', () => {
    const up = asked(rules(10, 61))
    expect(up.decide(1000, 1001).desired).toBe(10)
    expect(up.decide(1000, 1001, { ready: 10 }).desired).toBe(100)
    const down = asked(rules(10, 61))
    expect(down.decide(1, 1, { ready: 100 }).desired).toBe(10)
    expect(down.decide(1, 1, { ready: 10 }).desired).toBe(1)
  })
})

describe('the scale-down delay', () => {
  const delayed = rules(10, 0, { panicThreshold: 100, scaleDownDelayMs: 5 * MINUTE })

  it('keeps what was wanted within it', () => {
    const scaler = asked(delayed)
    expect(scaler.decide(40, 40, { now: 2 * SECOND }).desired).toBe(4)
    expect(scaler.decide(0, 0, { now: 5 * MINUTE }).desired).toBe(4)
    expect(scaler.decide(0, 0, { now: 5 * MINUTE + 2 * SECOND }).desired).toBe(0)
  })

  it('lets go of the largest first', () => {
    const scaler = asked(delayed)
    const at = (minutes: number, load: number) =>
      scaler.decide(load, load, { now: minutes * MINUTE }).desired
    expect([at(9, 40), at(10, 30), at(11, 0), at(14, 0), at(15, 0)]).toEqual([4, 4, 4, 3, 0])
  })

  it('does not hold a revision that nothing is sent to', () => {
    const scaler = asked(delayed)
    expect(scaler.decide(40, 40, { now: 2 * SECOND }).desired).toBe(4)
    expect(scaler.decide(0, 0, { now: MINUTE }).desired).toBe(4)
    expect(scaler.decide(0, 0, { now: 2 * SECOND, isReachable: false }).desired).toBe(0)
  })

  it('of zero does not even hold for one tick', () => {
    const scaler = asked(rules(10, 0, { panicThreshold: 100 }))
    expect(scaler.decide(40, 40, { isReachable: false }).desired).toBe(4)
    expect(scaler.decide(20, 20, { isReachable: false, now: 500 }).desired).toBe(2)
  })
})

it.each([
  [0, false],
  [1, false],
  [2, true],
  [7, true],
])('begins with %i ready instances in panic: %s', (ready, isPanicking) => {
  const state = startAutoscaler(ready, 5)
  expect(state.panicSince !== undefined).toBe(isPanicking)
  expect(
    decide(rules(10, 100), state, { now: 6, ready, stable: 0, panic: 0, isReachable: true })
      .desired,
  ).toBe(isPanicking ? ready : 0)
})
