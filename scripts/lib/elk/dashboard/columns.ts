/** A column of a Lens layer: one dimension of its table. */
export interface Column {
  readonly operationType: string
  readonly label: string
  readonly dataType: 'date' | 'number' | 'string'
  readonly isBucketed: boolean
  readonly scale: 'interval' | 'ratio' | 'ordinal'
  readonly sourceField?: string
  readonly references?: readonly string[]
  readonly params: Readonly<Record<string, unknown>>
  readonly customLabel: true
}

/** Time, in buckets of a fixed length such as `30s`; the last one, which is not over, is left out. */
export function everyInterval(interval: string): Column {
  return {
    operationType: 'date_histogram',
    label: 'time',
    dataType: 'date',
    isBucketed: true,
    scale: 'interval',
    sourceField: '@timestamp',
    params: { interval, includeEmptyRows: false, dropPartials: true },
    customLabel: true,
  }
}

/** The values of a field that occur most often, `size` of them. */
export function topValues(sourceField: string, label: string, size: number): Column {
  return {
    operationType: 'terms',
    label,
    dataType: 'string',
    isBucketed: true,
    scale: 'ordinal',
    sourceField,
    params: {
      size,
      orderBy: { type: 'alphabetical', fallback: true },
      orderDirection: 'desc',
      otherBucket: false,
      missingBucket: false,
      parentFormat: { id: 'terms' },
    },
    customLabel: true,
  }
}

/** A Lens formula. Kibana computes its parts again whenever it loads the panel, so that only the text is stored. */
export function formula(text: string, label: string): Column {
  return {
    operationType: 'formula',
    label,
    dataType: 'number',
    isBucketed: false,
    scale: 'ratio',
    references: [],
    params: { formula: text, isFormulaBroken: false },
    customLabel: true,
  }
}
