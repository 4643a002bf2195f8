import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { learnGramRidge, newGramRidge } from '../functions/lib/models/gram-ridge.ts'
import { learnRls, newRls } from '../functions/lib/models/recursive-least-squares.ts'
import { parseOnlineState } from '../functions/train/online-state.ts'
import { backends } from './support/backends.ts'
import { eventually } from './support/eventually.ts'
import { makeFlowFolder } from './support/flow-folder.ts'
import type { FlowFolder } from './support/flow-folder.ts'
import type { Sample } from './support/pipeline.ts'
import { regimeSamples } from './support/regimes.ts'
import { startRunningPlatform } from './support/running-platform.ts'
import type { RunningPlatform } from './support/running-platform.ts'

const MODELS = `
- {name: rls, algorithm: rls, jump: {threshold: 8, confirm: 1}}
- {name: gram-ridge, algorithm: gram-ridge, jump: {threshold: 8, confirm: 1}}
`
const JUMP = { threshold: 8, confirm: 1 }
const FEATURES = ['feat_0', 'feat_1', 'feat_2']
const KILLS = 3
const BATCH = 100
const ROWS = (KILLS + 1) * BATCH
const REDRAW = 150
const ROWS_AN_EVENT = 4

describe('kill -9 of train, three times while rows arrive', () => {
  let folder: FlowFolder
  let files: string
  let platform: RunningPlatform
  beforeEach(async () => {
    folder = await makeFlowFolder({ without: ['simulate.yaml'] })
    files = await mkdtemp(join(tmpdir(), 'nowcast-models-'))
    await writeFile(join(files, 'models.yaml'), MODELS)
    const services = 'persist,predict,score,train'
    platform = await startRunningPlatform(folder.path, [
      '--only',
      services,
      '--models',
      join(files, 'models.yaml'),
    ])
  }, 60_000)
  afterEach(async () => {
    await platform.stop()
    await folder.remove()
    await rm(files, { recursive: true })
  }, 20_000)

  /** Publishes rows, some in an event, features before targets, all to one partition: so they are stored in order. */
  async function publish(samples: readonly Sample[]): Promise<void> {
    for (let first = 0; first < samples.length; first += ROWS_AN_EVENT) {
      const some = samples.slice(first, first + ROWS_AN_EVENT)
      const rows = {
        features: some.map(({ timestamp, features }) => ({ timestamp, ...features })),
        target: some.map(({ timestamp, target }) => ({ timestamp, target })),
      }
      for (const [kind, data] of Object.entries(rows)) {
        const status = await platform.publish('mltest', {
          id: `${kind} ${some[0]?.timestamp}`,
          type: `dev.nowcast.${kind}`,
          partitionkey: 'mltest',
          data: { rows: data },
        })
        expect(status).toBe(202)
      }
    }
  }

  it('leaves learners that have learnt all stored rows in the order of time, bit for bit', async () => {
    const samples = regimeSamples(ROWS, [REDRAW])
    const killed = new Set<number>()
    await publish(samples.slice(0, BATCH))
    for (let batch = 1; batch <= KILLS; batch += 1) {
      // The first rows of a batch wake train, if it sleeps; it is killed with others still to come.
      const published = publish(samples.slice(batch * BATCH, (batch + 1) * BATCH))
      const pid = await eventually(() => {
        const newest = platform.pidOf('train')
        return !killed.has(newest) && process.kill(newest, 'SIGKILL') && newest
      })
      killed.add(pid)
      await published
    }
    await platform.settled()
    expect(killed.size).toBe(KILLS)

    const store = await backends[0]?.openStore(folder.path)
    if (store === undefined) throw new Error('there is no embedded backend')
    const rows = await store.rows.after('mltest', null, 2 * ROWS)
    const learner = async (name: string) =>
      parseOnlineState((await store.states.get(`model:${name}`))?.document)
    const [rls, gramRidge] = [await learner('rls'), await learner('gram-ridge')]
    await store.close()
    expect(rows).toHaveLength(ROWS)
    const learning = rows.map(({ features, target = Number.NaN }) => ({ features, target }))
    expect(rls.learner).toEqual(learnRls(newRls(FEATURES, { jump: JUMP }), learning).state)
    expect(gramRidge.learner).toEqual(
      learnGramRidge(newGramRidge(FEATURES, { jump: JUMP }), learning).state,
    )
    for (const { counts, tooLate } of [rls, gramRidge]) {
      expect([counts.learnt, tooLate]).toEqual([ROWS, 0])
    }
  }, 120_000)
})
