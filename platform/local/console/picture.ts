import type { View } from '../view.ts'
import { curveChange, seriesCurves } from './curves.ts'
import type { CurveChange, SeriesCurves } from './curves.ts'
import { statusOf } from './status.ts'
import type { Status } from './status.ts'
import { storedReader } from './stored.ts'

/** All that the page shows at one moment. */
export interface Picture {
  readonly status: Status
  readonly curves: Readonly<Record<string, SeriesCurves>>
}

/** What turns one picture into the next: the members of the status that changed, and the ends of the curves that did. */
export interface PictureChange {
  readonly status: Partial<Status>
  readonly curves: Readonly<Record<string, { live?: CurveChange; errors?: CurveChange }>>
}

/** Takes pictures of a running platform. */
export interface Pictures {
  take(): Promise<Picture>
}

/** Takes pictures, one at a time: whoever asks while one is being taken gets that one. */
export function pictures(view: View): Pictures {
  const stored = storedReader(view.stores)
  let taking: Promise<Picture> | undefined
  const takeOne = async (): Promise<Picture> => {
    const found = await stored.read()
    const curves = found.series.map(
      (one) => [one.series, seriesCurves(one.rows, one.scores)] as const,
    )
    return { status: await statusOf(view, found), curves: Object.fromEntries(curves) }
  }
  return {
    take() {
      taking ??= takeOne().finally(() => {
        taking = undefined
      })
      return taking
    },
  }
}

/** What a client that has seen one picture needs to see the other. */
export function pictureChange(seen: Picture | undefined, now: Picture): PictureChange {
  const before = new Map<string, unknown>(Object.entries(seen?.status ?? {}))
  const status = Object.entries(now.status).filter(
    ([name, value]) => JSON.stringify(before.get(name)) !== JSON.stringify(value),
  )
  const curves = Object.entries(now.curves).flatMap(([series, { live, errors }]) => {
    const change = {
      ...member('live', curveChange(seen?.curves[series]?.live, live)),
      ...member('errors', curveChange(seen?.curves[series]?.errors, errors)),
    }
    return Object.keys(change).length === 0 ? [] : [[series, change] as const]
  })
  return { status: Object.fromEntries(status), curves: Object.fromEntries(curves) }
}

function member(
  name: 'live' | 'errors',
  change: CurveChange | undefined,
): { live?: CurveChange; errors?: CurveChange } {
  return change === undefined ? {} : { [name]: change }
}
