/** An attribute's value: CloudEvents' String, Integer or Boolean. Every other type travels as text. */
export type AttributeValue = string | number | boolean

/** A CloudEvent on its way through the platform: attributes as they came, data byte for byte. */
export interface CloudEvent {
  /** Context attributes and extensions by their lower-case name, with `specversion` and `datacontenttype`. */
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly data: Uint8Array | undefined
}

/**
 * Why attributes make no CloudEvent 1.0, or undefined when they do. As strict as the Java SDK that Knative's Kafka parts
 * use: an empty id passes, an empty subject or a name with a dash does not. Unlike there, version 0.3 is refused.
 */
export function faultOf(attributes: CloudEvent['attributes']): string | undefined {
  if (attributes['specversion'] !== '1.0') return 'specversion is not 1.0'
  for (const name of ['id', 'source', 'type']) {
    if (typeof attributes[name] !== 'string') return `${name} is missing`
  }
  if (attributes['subject'] === '') return 'subject is empty'
  for (const name of ['source', 'dataschema']) {
    if (!isUri(attributes[name])) return `${name} is no URI`
  }
  const { time, datacontenttype } = attributes
  // It becomes a header as it is.
  if (!/^[\x20-\x7e]*$/.test(String(datacontenttype ?? ''))) {
    return 'datacontenttype is not printable ASCII'
  }
  if (time !== undefined && !isTime(time)) return 'time is no RFC 3339 timestamp'
  const misnamed = Object.keys(attributes).find((name) => !/^[a-z0-9]*$/.test(name))
  return misnamed === undefined ? undefined : `attribute name ${misnamed} is not a-z and 0-9 only`
}

function isUri(value: AttributeValue | undefined): boolean {
  return !/[\s<>"{}|\\^`]|%(?![0-9a-f]{2})/i.test(String(value ?? ''))
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/i

function isTime(value: AttributeValue): boolean {
  return TIME.test(String(value)) && !Number.isNaN(Date.parse(String(value)))
}

/** Milliseconds as Knative's parts write a time: UTC, with as many decimals as it needs, e.g. `2026-01-01T00:00:00.5Z`. */
export function writeTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z')
}
