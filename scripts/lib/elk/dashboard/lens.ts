import { DATA_VIEW } from '../names.ts'
import type { SavedObject } from '../kibana.ts'
import type { Column } from './columns.ts'

/** The one layer of each panel. */
const LAYER = 'layer'

interface Panel {
  readonly id: string
  readonly title: string
  readonly description: string
  /** In Kibana's query language: the documents that the panel is about. */
  readonly query: string
  /** By id: buckets first, from the outermost on, then figures. */
  readonly columns: Readonly<Record<string, Column>>
}

/** Lines over the column `time`, one for each figure, or one for each value of the column `by` where there is one. */
export function lineChart(panel: Panel): SavedObject {
  return lens(panel, 'lnsXY', {
    preferredSeriesType: 'line',
    legend: { isVisible: true, position: 'bottom', showSingleSeries: true },
    valueLabels: 'hide',
    // A line goes on over a second without a value.
    fittingFunction: 'Linear',
    layers: [
      {
        layerId: LAYER,
        layerType: 'data',
        seriesType: 'line',
        xAccessor: 'time',
        ...('by' in panel.columns ? { splitAccessor: 'by' } : {}),
        accessors: figuresOf(panel),
      },
    ],
  })
}

/** A table with a line for each value of its first column. */
export function table(panel: Panel): SavedObject {
  return lens(panel, 'lnsDatatable', {
    layerId: LAYER,
    layerType: 'data',
    columns: Object.keys(panel.columns).map((columnId) => ({ columnId })),
  })
}

function figuresOf({ columns }: Panel): string[] {
  return Object.entries(columns).flatMap(([id, { isBucketed }]) => (isBucketed ? [] : [id]))
}

function lens(panel: Panel, visualizationType: string, visualization: object): SavedObject {
  const { id, title, description, query, columns } = panel
  const layer = { columns, columnOrder: Object.keys(columns), incompleteColumns: {} }
  return {
    type: 'lens',
    id,
    attributes: {
      title,
      description,
      visualizationType,
      state: {
        datasourceStates: { formBased: { layers: { [LAYER]: layer } } },
        visualization,
        query: { language: 'kuery', query },
        filters: [],
      },
    },
    references: [
      { type: 'index-pattern', id: DATA_VIEW, name: `indexpattern-datasource-layer-${LAYER}` },
    ],
    coreMigrationVersion: '8.8.0',
    typeMigrationVersion: '8.9.0',
  }
}
