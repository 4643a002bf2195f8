import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { RetryableError } from '../../../functions/lib/errors.ts'
import type { StoredRow } from '../../../functions/lib/events.ts'
import { learnGramRidge, newGramRidge } from '../../../functions/lib/models/gram-ridge.ts'
import { liveModelId } from '../../../functions/lib/models/live-model.ts'
import { learnRls, newRls } from '../../../functions/lib/models/recursive-least-squares.ts'
import { onlineModel } from '../../support/declared.ts'
import { shuffled } from '../../support/random.ts'
import { at } from '../../support/workbench.ts'
import { seedStream } from '../lib/models/learning-vectors.ts'
import { openTraining, plainRows, rowEvent, storedRow, storedRows } from './training.ts'
import type { Training } from './training.ts'

const FEATURES = Array.from({ length: 10 }, (_, index) => `feat_${index}`)
const JUMP = { threshold: 8, confirm: 1 }
const rls = onlineModel()
const gram = onlineModel({ algorithm: 'gram-ridge' })

let training: Training
beforeEach(async () => {
  training = await openTraining([rls])
})
afterEach(() => training.bench.close())

/** The state as it is stored, apart from how often it was put. */
async function documentOf({ bench }: Training): Promise<unknown> {
  return (await bench.database.states.get(liveModelId('online')))?.document
}

/** Another training, with the rows stored and told of by `send`. */
async function documentAfter(
  declared: typeof rls,
  send: (other: Training) => Promise<void>,
): Promise<unknown> {
  const other = await openTraining([declared])
  try {
    await send(other)
    return await documentOf(other)
  } finally {
    await other.bench.close()
  }
}

describe('train learns on the stream', () => {
  it.each([
    ['rls', rls, () => learnRls(newRls(FEATURES, { jump: JUMP }), seedStream).state],
    [
      'gram-ridge',
      gram,
      () => learnGramRidge(newGramRidge(FEATURES, { jump: JUMP }), seedStream).state,
    ],
  ])("learns the seed's stream bit for bit as %s does", async (_name, declared, expected) => {
    const rows = storedRows(seedStream)
    await training.bench.database.rows.merge(rows)
    const [first] = rows
    if (first === undefined) throw new Error('the stream is empty')
    await training.handle(rowEvent(first), [declared])
    const state = await training.online()
    expect(state.learner).toEqual(expected())
    expect(state).toMatchObject({
      learntThrough: at(3_599),
      taken: 3_600,
      counts: { learnt: 3_600 },
      tooLate: 0,
      learntRecently: { forgottenThrough: null, stretches: [[at(0), at(3_599)]] },
    })
    const jumps = (await training.versions('online')).map(({ trigger }) => trigger)
    expect(jumps).toEqual([600, 1_200, 1_800, 2_400, 3_000].map((row) => `jump:${at(row)}`))
  })

  it.each([
    ['rls', rls],
    ['gram-ridge', gram],
  ])(
    'comes to the same state with every row event three times, shuffled, as with each once in order (%s)',
    async (_name, declared) => {
      const rows = storedRows(seedStream.slice(540, 660))
      const inOrder = await documentAfter(declared, (other) => other.send(rows))
      const allStored = await documentAfter(declared, async (other) => {
        await other.bench.database.rows.merge(rows)
        for (const row of shuffled([...rows, ...rows, ...rows], 3)) {
          await other.handle(rowEvent(row))
        }
      })
      expect(allStored).toEqual(inOrder)
      // Stored as they come, each no later than the grace.
      for (const seed of [1, 2]) {
        const blocks = [0, 24, 48, 72, 96].map((from) => rows.slice(from, from + 24))
        const arriving = blocks.flatMap((block) => shuffled([...block, ...block, ...block], seed))
        expect(await documentAfter(declared, (other) => other.send(arriving))).toEqual(inOrder)
      }
    },
    60_000,
  )

  it('learns no row twice, whoever handles its event at the same time', async () => {
    const rows = storedRows(seedStream.slice(0, 40))
    for (const row of rows) {
      await training.bench.database.rows.merge([row])
      const handled = await Promise.allSettled(
        Array.from({ length: 3 }, () => training.handle(rowEvent(row))),
      )
      for (const one of handled) {
        if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(RetryableError)
      }
    }
    expect(await documentOf(training)).toEqual(
      await documentAfter(rls, (other) => other.send(rows)),
    )
  })

  it('learns a row only once it holds the own prediction, or is older than the grace', async () => {
    const predicted = (seconds: number[], names: string[]): StoredRow[] =>
      plainRows(60)
        .map((row, second) => storedRow(second, row, names))
        .filter((_, second) => seconds.includes(second))
    await training.send(predicted([0, 1, 2], ['online']))
    await training.send(predicted([3], ['another']))
    await training.send(predicted([4, 5, 6], ['online']))
    expect(await training.online()).toMatchObject({ learntThrough: at(2), taken: 3 })
    await training.send(predicted([33], ['online']))
    expect(await training.online()).toMatchObject({ learntThrough: at(6), taken: 7 })
  })

  it('writes nothing when an event changes nothing', async () => {
    const rows = storedRows(plainRows(5))
    await training.send(rows)
    const before = await training.bench.database.states.get(liveModelId('online'))
    for (const row of rows) await training.handle(rowEvent(row))
    await training.handle(rowEvent({ ...storedRow(9, { features: {}, target: 1 }) }))
    expect(await training.bench.database.states.get(liveModelId('online'))).toEqual(before)
  })

  it('counts a row that comes too late once, and never learns it', async () => {
    const rows = storedRows(plainRows(60))
    const late = rows[20]
    if (late === undefined) throw new Error('no row')
    await training.send(rows.toSpliced(20, 1))
    const before = await training.online()
    await training.send([late, late, late])
    const after = await training.online()
    expect(after).toEqual({
      ...before,
      tooLate: 1,
      tooLateRecently: { forgottenThrough: null, stretches: [[at(20), at(20)]] },
    })
    expect(training.facts).toEqual(['info: too late to be learnt'])
  })

  it('starts anew when the first rows turn out not to be the first', async () => {
    const rows = storedRows(plainRows(20))
    await training.send(rows.slice(5, 12))
    expect(await training.online()).toMatchObject({ taken: 7 })
    await training.send(rows.slice(0, 5))
    await training.send(rows.slice(12))
    expect(await documentOf(training)).toEqual(
      await documentAfter(rls, (other) => other.send(rows)),
    )
  })

  it('goes through a backlog of more rows than one put takes', async () => {
    const rows = storedRows(plainRows(12_345))
    await training.bench.database.rows.merge(rows)
    await training.handle(rowEvent(...rows.slice(0, 1)))
    expect(await training.online()).toMatchObject({ taken: 12_345, learntThrough: at(12_344) })
    expect(await training.bench.database.states.get(liveModelId('online'))).toMatchObject({
      revision: 2,
    })
  })

  it('learns the models of the series of the rows, each from its own predictions', async () => {
    const others = [rls, { ...gram, name: 'twin' }, { ...rls, name: 'elsewhere', series: 'x' }]
    for (const row of plainRows(8).map((one, second) => storedRow(second, one))) {
      await training.bench.database.rows.merge([row])
      await training.handle(rowEvent(row), others)
    }
    expect(await training.online()).toMatchObject({ taken: 8 })
    const { states } = training.bench.database
    expect(await states.get(liveModelId('twin'))).toBeUndefined()
    expect(await states.get(liveModelId('elsewhere'))).toBeUndefined()
  })

  it('starts anew from the stored rows when its document is damaged, and says which', async () => {
    const rows = storedRows(plainRows(30))
    await training.send(rows.slice(0, 20))
    const before = await training.online()
    const { states } = training.bench.database
    const { revision = 0 } = (await states.get(liveModelId('online'))) ?? {}
    await states.put(
      liveModelId('online'),
      { ...before, learntRecently: { stretches: 7 } },
      revision,
    )
    await training.send(rows.slice(20))
    expect(await documentOf(training)).toEqual(
      await documentAfter(rls, (other) => other.send(rows)),
    )
    expect(training.facts).toEqual([
      'error: state document "model:online" is damaged: the model starts anew from the stored rows',
    ])
  })

  it('starts anew from the stored rows with another algorithm, and goes on with another forgetting', async () => {
    const rows = storedRows(plainRows(40))
    await training.send(rows.slice(0, 30))
    const forgetful = { ...rls, forgetting: 0.99 }
    await training.bench.database.rows.merge(rows.slice(30, 35))
    await training.handle(rowEvent(...rows.slice(30, 35)), [forgetful])
    expect(await training.online()).toMatchObject({
      learner: { rows: 35, options: { forgetting: 0.99 } },
    })
    await training.bench.database.rows.merge(rows.slice(35))
    await training.handle(rowEvent(...rows.slice(35)), [gram])
    const expected = learnGramRidge(newGramRidge(['a', 'b'], { jump: JUMP }), plainRows(40)).state
    expect(await training.online()).toMatchObject({
      learner: expected,
      taken: 40,
      takenBefore: 35,
    })
  })

  it('learns the good rows of an event, and publishes the others as rejected', async () => {
    const [row] = storedRows(plainRows(1))
    if (row === undefined) throw new Error('no row')
    await training.bench.database.rows.merge([row])
    const incoming = rowEvent(row)
    const bad = { series: 'mltest', timestamp: 'yesterday' }
    await training.handle({ ...incoming, data: { rows: [bad, row] } })
    expect(await training.online()).toMatchObject({ taken: 1 })
    expect(training.bench.published('mldead')).toMatchObject([
      { code: 'timestamp-unreadable', function: 'train', row: bad },
    ])
  })
})
