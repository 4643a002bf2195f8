import type { SavedObject } from '../kibana.ts'
import { ALL_STREAMS, DASHBOARD, DATA_VIEW } from '../names.ts'
import { revisionOf } from '../revision.ts'
import { errorByVersion, scoresByVersion, squaredError, targetAndPrediction } from './panels.ts'

/** A grid of 48 columns. */
const HALF = 24
const HEIGHT = 15

const dataView: SavedObject = {
  type: 'index-pattern',
  id: DATA_VIEW,
  attributes: { title: ALL_STREAMS, name: 'Nowcast', timeFieldName: '@timestamp' },
  references: [],
  coreMigrationVersion: '8.8.0',
  typeMigrationVersion: '8.0.0',
}

const panels = [
  { object: squaredError, x: 0, y: 0 },
  { object: targetAndPrediction, x: HALF, y: 0 },
  { object: errorByVersion, x: 0, y: HEIGHT },
  { object: scoresByVersion, x: HALF, y: HEIGHT },
] as const

const attributes = {
  title: 'Nowcast',
  panelsJSON: JSON.stringify(
    panels.map(({ x, y }, index) => {
      const i = String(index)
      return {
        type: 'lens',
        panelIndex: i,
        panelRefName: `panel_${i}`,
        gridData: { i, x, y, w: HALF, h: HEIGHT },
        embeddableConfig: {},
      }
    }),
  ),
  optionsJSON: JSON.stringify({ useMargins: true, syncColors: true, hidePanelTitles: false }),
  kibanaSavedObjectMeta: {
    searchSourceJSON: JSON.stringify({ query: { language: 'kuery', query: '' }, filter: [] }),
  },
  timeRestore: true,
  timeFrom: 'now-15m',
  timeTo: 'now',
  refreshInterval: { pause: false, value: 5_000 },
}

const parts = [dataView, ...panels.map(({ object }) => object)]

/** Changes with anything the dashboard shows. */
export const dashboardRevision = revisionOf([parts, attributes])

/** Everything to import, in an order in which each object stands behind those it refers to. */
export const dashboardObjects: readonly SavedObject[] = [
  ...parts,
  {
    type: 'dashboard',
    id: DASHBOARD,
    attributes: {
      ...attributes,
      description: `The stream as the seed's panel showed it. Made by code (revision ${dashboardRevision}): a change made here is lost with its next revision.`,
    },
    references: panels.map(({ object }, index) => {
      return { type: 'lens', id: object.id, name: `${index}:panel_${index}` }
    }),
    coreMigrationVersion: '8.8.0',
    typeMigrationVersion: '8.9.0',
  },
]
