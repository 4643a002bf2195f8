import { fileURLToPath } from 'node:url'

import { newAdwin, watchWindow } from '../../../functions/lib/models/adwin.ts'
import { newPageHinkley, watchMean } from '../../../functions/lib/models/page-hinkley.ts'
import type { Lines } from './lines.ts'
import { readColumn } from './series.ts'

const STREAM = fileURLToPath(new URL('../../../test/vectors/drift-stream.csv', import.meta.url))

/** The first alarms on the stream of River's documentation, whose mean rises at index 1000. */
export function benchAlarms({ line }: Lines): void {
  const values = readColumn(STREAM, 'value')
  const expected = { pageHinkley: 1006, adwin: 1023 }
  line({
    name: 'Page-Hinkley',
    ours: firstAlarm(values, newPageHinkley(), watchMean),
    limit: { least: expected.pageHinkley, most: expected.pageHinkley },
    theirs: expected.pageHinkley,
  })
  line({
    name: 'ADWIN',
    ours: firstAlarm(values, newAdwin(), watchWindow),
    limit: { least: expected.adwin, most: expected.adwin },
    theirs: expected.adwin,
  })
}

function firstAlarm<S>(
  values: Float64Array,
  begin: S,
  watch: (state: S, value: number) => { state: S; alarm: boolean },
): number {
  let state = begin
  const index = values.findIndex((value) => {
    const watched = watch(state, value)
    state = watched.state
    return watched.alarm
  })
  return index < 0 ? Infinity : index
}
