import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { learnGramRidge, newGramRidge } from '../functions/lib/models/gram-ridge.ts'
import type { LearningRow } from '../functions/lib/models/online-learner.ts'
import { learnRls, newRls } from '../functions/lib/models/recursive-least-squares.ts'
import { backends } from './support/backends.ts'
import { nowcast } from './support/cli.ts'
import { makeFlowFolder } from './support/flow-folder.ts'
import type { FlowFolder } from './support/flow-folder.ts'

const MODELS = `
- {name: rls, algorithm: rls, jump: {threshold: 8, confirm: 1}}
- {name: gram-ridge, algorithm: gram-ridge, jump: {threshold: 8, confirm: 1}}
`
/** Three regimes of 600 rows, a row a second. */
const ROWS = 1_800

describe('models that learn on the stream, through the platform in lock step', () => {
  let folder: FlowFolder
  let files: string
  beforeAll(async () => {
    folder = await makeFlowFolder({ without: [] })
    files = await mkdtemp(join(tmpdir(), 'nowcast-models-'))
    await writeFile(join(files, 'models.yaml'), MODELS)
  })
  afterAll(async () => {
    await folder.remove()
    await rm(files, { recursive: true })
  })

  it('err on each row of three regimes as the learning core does on the same rows, to the last bit', async () => {
    const services = 'simulate,persist,predict,score,train'
    const options = `--speed max --for PT30M --fresh --port 0 --json --only ${services}`
    const { code, stderr } = await nowcast([
      'start',
      folder.path,
      ...options.split(' '),
      '--models',
      join(files, 'models.yaml'),
    ])
    expect([code, stderr]).toEqual([0, ''])
    const store = await backends[0]?.openStore(folder.path)
    if (store === undefined) throw new Error('there is no embedded backend')
    const rows = await store.rows.after('mltest', null, 2 * ROWS)
    const scores = await store.scores.newest('mltest', 2 * ROWS)
    await store.close()
    expect(rows).toHaveLength(ROWS)
    const learning = rows.map(({ features, target = Number.NaN }) => ({ features, target }))
    expect(scores.filter(({ late }) => late)).toEqual([])
    const errorsOf = (name: string) =>
      scores.filter(({ model }) => model === name).map(({ error }) => error)
    expect(errorsOf('rls')).toEqual(
      coreErrors(newRls(FEATURES, { jump: JUMP }), learnRls, learning),
    )
    expect(errorsOf('gram-ridge')).toEqual(
      coreErrors(newGramRidge(FEATURES, { jump: JUMP }), learnGramRidge, learning),
    )
  }, 240_000)
})

const JUMP = { threshold: 8, confirm: 1 }
const FEATURES = Array.from({ length: 10 }, (_, index) => `feat_${index}`)

/** What a learner says of rows before it learns each: target minus prediction. */
function coreErrors<S>(
  begin: S,
  learn: (
    state: S,
    rows: readonly LearningRow[],
  ) => { state: S; outcomes: ({ kind: 'learnt'; error: number } | { kind: string })[] },
  rows: readonly LearningRow[],
): number[] {
  let state = begin
  return rows.flatMap((row) => {
    const learnt = learn(state, [row])
    state = learnt.state
    return learnt.outcomes.map((outcome) => ('error' in outcome ? outcome.error : Number.NaN))
  })
}
