import type { estypes } from '@elastic/elasticsearch'

import { parseFormula } from './formula.ts'
import type { Formula } from './formula.ts'
import type { LensPanel } from './lens.ts'

type Aggregations = Record<string, estypes.AggregationsAggregationContainer>

const SCRIPTS: Readonly<Record<string, string>> = {
  add: 'params.a + params.b',
  subtract: 'params.a - params.b',
  multiply: 'params.a * params.b',
  divide: 'params.a / params.b',
  pow: 'Math.pow(params.a, params.b)',
}

/** What Elasticsearch is asked for a panel, with the figures by the ids of their columns, computed by the server. */
export function requestOf({ query, columns, columnOrder }: LensPanel): estypes.SearchRequest {
  const figures: Aggregations = {}
  for (const id of columnOrder) {
    const formula = columns[id]?.params.formula
    if (formula !== undefined) addFigure(figures, id, parseFormula(formula))
  }
  const buckets = columnOrder.filter((id) => columns[id]?.params.formula === undefined)
  const aggs = buckets.toReversed().reduce<Aggregations>((inner, id) => {
    const { operationType = '', sourceField = '', params = {} } = columns[id] ?? {}
    return { [id]: { ...bucketOf(operationType, sourceField, params), aggs: inner } }
  }, figures)
  return {
    size: 0,
    track_total_hits: true,
    query: { query_string: { query: luceneOf(query) } },
    aggs,
  }
}

function bucketOf(
  operation: string,
  field: string,
  { interval, size }: { interval?: string | undefined; size?: number | undefined },
): estypes.AggregationsAggregationContainer {
  if (operation === 'date_histogram' && interval !== undefined) {
    // The server averages over empty buckets only where it has them; it skips them, as Lens does.
    return { date_histogram: { field, fixed_interval: interval, min_doc_count: 0 } }
  }
  if (operation === 'terms' && size !== undefined) {
    return { terms: { field, size, order: { _key: 'desc' } } }
  }
  throw new Error(`a column of ${operation} is not known here`)
}

/** Adds what computes a formula under a name, its parts under names that begin with it. */
function addFigure(figures: Aggregations, name: string, formula: Formula): void {
  if (formula.kind !== 'call') throw new Error(`${name} is no function`)
  const [first, second] = formula.args
  if (formula.name === 'count') {
    figures[name] = { bucket_script: { buckets_path: { a: '_count' }, script: 'params.a' } }
  } else if (formula.name === 'average' && first?.kind === 'field') {
    figures[name] = { avg: { field: first.name } }
  } else if (formula.name === 'moving_average' && first !== undefined) {
    addFigure(figures, `${name}_of`, first)
    figures[name] = {
      moving_fn: {
        buckets_path: `${name}_of`,
        window: formula.named['window'] ?? 5,
        script: 'MovingFunctions.unweightedAvg(values)',
      },
    }
  } else {
    const source = SCRIPTS[formula.name]
    if (source === undefined) throw new Error(`${formula.name} is not known here`)
    const paths: Record<string, string> = {}
    const numbers: Record<string, number> = {}
    for (const [letter, operand] of Object.entries({ a: first, b: second })) {
      if (operand === undefined) throw new Error(`${formula.name} wants two arguments`)
      if (operand.kind === 'number') {
        numbers[letter] = operand.value
      } else {
        const path = `${name}_${letter}`
        addFigure(figures, path, operand)
        paths[letter] = path
      }
    }
    figures[name] = { bucket_script: { buckets_path: paths, script: { source, params: numbers } } }
  }
}

/** Kibana's query language and Lucene's agree on what our panels say, but for the case of the operators. */
function luceneOf(query: string): string {
  return query.replace(/\b(?:and|or|not)\b/g, (operator) => operator.toUpperCase())
}
