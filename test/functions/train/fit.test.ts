import { expect, it } from '@jest/globals'

import type { StoredRow } from '../../../functions/lib/events.ts'
import { startFit } from '../../../functions/train/fit.ts'
import { batchModel } from '../../support/declared.ts'
import { at } from '../../support/workbench.ts'

const features = Object.fromEntries(Array.from({ length: 1_000 }, (_, j) => [`feat_${j}`, j]))
const wide: StoredRow[] = Array.from({ length: 1_010 }, (_, second) => {
  return { series: 'mltest', timestamp: at(second), features, target: second, predictions: {} }
})

it.each(['ridgecv', 'mlp'] as const)(
  'a window whose fit would take longer than a request is refused with the way out (%s)',
  async (algorithm) => {
    const fit = startFit(() => undefined)
    expect(await fit(wide, batchModel({ name: 'wide', algorithm }))).toEqual({
      kind: 'refused',
      reason: expect.stringMatching(
        /on 1010 rows of 1000 features takes too long: declare a smaller window for "wide", or send fewer features$/,
      ),
    })
  },
)
