/** A document as Logstash sends it: `_id`, and what it says. */
export interface Sample {
  readonly id: string
  readonly document: Readonly<Record<string, unknown>>
}

const cloudevent = {
  id: 'b2Zm',
  source: '/nowcast/simulate',
  specversion: '1.0',
  datacontenttype: 'application/json',
  subject: 'mltest',
  partitionkey: 'mltest',
}
const rows = { type: 'metrics', dataset: 'nowcast.rows', namespace: 'default' }
const scores = { ...rows, dataset: 'nowcast.scores' }

/** The features of a row. */
export function featuresDocument(timestamp: string, features: Record<string, number>): Sample {
  return {
    id: `features ${timestamp}`,
    document: {
      '@timestamp': timestamp,
      kind: 'features',
      series: 'mltest',
      features,
      data_stream: rows,
      cloudevent: { ...cloudevent, type: 'dev.nowcast.features' },
      kafka: { topic: 'mltest', partition: 1, offset: 17 },
    },
  }
}

/** The target of a row, as a plain record of the seed's producer brought it. */
export function targetDocument(timestamp: string, target: number): Sample {
  return {
    id: `target ${timestamp}`,
    document: {
      '@timestamp': timestamp,
      kind: 'target',
      series: 'mltest',
      target,
      data_stream: rows,
      kafka: { topic: 'mltest', partition: 1, offset: 18 },
    },
  }
}

/** One model's prediction of a row. */
export function predictionDocument(timestamp: string, prediction: number, version = 3): Sample {
  return {
    id: `prediction ${timestamp} ${version}`,
    document: {
      '@timestamp': timestamp,
      kind: 'prediction',
      series: 'mltest',
      prediction,
      model: 'ridgecv',
      version,
      lower: null,
      upper: null,
      level: null,
      trainedThrough: '2026-01-01T00:00:00.000Z',
      champion: true,
      data_stream: rows,
      cloudevent: { ...cloudevent, type: 'dev.nowcast.prediction' },
      kafka: { topic: 'mltest', partition: 1, offset: 19 },
    },
  }
}

/** The error of a prediction. */
export function errorDocument(
  timestamp: string,
  { error, version, late = false }: { error: number; version: number; late?: boolean },
): Sample {
  return {
    id: `error ${timestamp} ${version}`,
    document: {
      '@timestamp': timestamp,
      kind: 'error',
      series: 'mltest',
      error,
      ypred_: 1,
      ytrue_: 1 + error,
      model: 'ridgecv',
      version,
      horizon: 0,
      origin: timestamp,
      lower: null,
      upper: null,
      level: null,
      late,
      data_stream: scores,
      cloudevent: { ...cloudevent, type: 'dev.nowcast.error' },
      kafka: { topic: 'mlscore', partition: 0, offset: 4 },
    },
  }
}
