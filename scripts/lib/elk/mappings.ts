import type { estypes } from '@elastic/elasticsearch'

type Properties = Record<string, estypes.MappingProperty>

const keyword = { type: 'keyword', ignore_above: 1024 } as const
const number = { type: 'double' } as const
const count = { type: 'long' } as const
const yes = { type: 'boolean' } as const
/** A date that only informs: a document is not refused because of it. */
const date = { type: 'date', ignore_malformed: true } as const

/** What a row and a score have in common. */
export const common: Properties = {
  '@timestamp': { type: 'date' },
  data_stream: { properties: { type: keyword, dataset: keyword, namespace: keyword } },
  kind: keyword,
  series: keyword,
  model: keyword,
  version: count,
  lower: number,
  upper: number,
  level: number,
  trainedThrough: date,
  stateRevision: count,
  cloudevent: {
    properties: {
      id: keyword,
      source: keyword,
      type: keyword,
      subject: keyword,
      time: date,
      specversion: keyword,
      dataschema: keyword,
      datacontenttype: keyword,
      partitionkey: keyword,
    },
  },
  kafka: { properties: { topic: keyword, partition: count, offset: count } },
}

/** Rows: features, or a target, or one model's prediction; they meet in Kibana by series and time. */
export const rows: Properties = {
  // Any number of names in one field, so that a producer cannot outgrow the mapping.
  features: { type: 'flattened' },
  target: number,
  prediction: number,
  champion: yes,
}

/** Scores: one error of one model's prediction of one row. */
export const scores: Properties = {
  error: number,
  squared_error: number,
  ypred_: number,
  ytrue_: number,
  model_version: keyword,
  horizon: count,
  origin: date,
  late: yes,
}
