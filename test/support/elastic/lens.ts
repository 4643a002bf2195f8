import { z } from 'zod'

import type { SavedObject } from '../../../scripts/lib/elk/kibana.ts'

const column = z.looseObject({
  operationType: z.string(),
  sourceField: z.string().optional(),
  params: z.looseObject({
    formula: z.string().optional(),
    interval: z.string().optional(),
    size: z.number().optional(),
  }),
})

const attributes = z.looseObject({
  title: z.string(),
  state: z.looseObject({
    query: z.object({ language: z.literal('kuery'), query: z.string() }),
    datasourceStates: z.object({
      formBased: z.object({
        layers: z.record(
          z.string(),
          z.looseObject({
            columns: z.record(z.string(), column),
            columnOrder: z.array(z.string()),
          }),
        ),
      }),
    }),
    visualization: z.looseObject({}),
  }),
})

/** A panel of Kibana, as far as tests look into it. */
export type LensPanel = ReturnType<typeof lensOf>

/** The one layer of a saved Lens object. */
export function lensOf(object: SavedObject) {
  const { title, state } = attributes.parse(object.attributes)
  const [layerId, ...others] = Object.keys(state.datasourceStates.formBased.layers)
  if (layerId === undefined || others.length > 0) throw new Error(`${title} has not one layer`)
  const layer = state.datasourceStates.formBased.layers[layerId]
  return {
    title,
    layerId,
    query: state.query.query,
    columns: layer?.columns ?? {},
    columnOrder: layer?.columnOrder ?? [],
    visualization: state.visualization,
  }
}

/** The formula of a column, by its id. */
export function formulaOf({ title, columns }: LensPanel, id: string): string {
  const formula = columns[id]?.params.formula
  if (formula === undefined) throw new Error(`${title} has no formula "${id}"`)
  return formula
}
