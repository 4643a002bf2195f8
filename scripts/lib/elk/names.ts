/** The data streams that the Logstash pipeline writes; their names are within what the operator's user may write. */
export const STREAMS = {
  rows: 'metrics-nowcast.rows-default',
  scores: 'metrics-nowcast.scores-default',
} as const

/** Every stream of ours, now and later. */
export const ALL_STREAMS = 'metrics-nowcast.*'

export const LIFECYCLE = 'nowcast'
export const SCORES_PIPELINE = 'nowcast-scores'
export const TEMPLATES = { rows: 'nowcast-rows', scores: 'nowcast-scores' } as const
export const COMPONENTS = {
  common: 'nowcast-common',
  lifecycle: 'nowcast-lifecycle',
  rows: 'nowcast-rows',
  scores: 'nowcast-scores',
} as const

/** Saved objects of Kibana. */
export const DATA_VIEW = 'nowcast'
export const DASHBOARD = 'nowcast'
