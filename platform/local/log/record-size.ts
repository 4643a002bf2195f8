/** What a record batch and a record carry beside key, value and headers, at most. */
const BATCH_OVERHEAD = 61
const RECORD_OVERHEAD = 21

/** The bytes a broker counts for a record sent alone, as Kafka's `AbstractRecords.estimateSizeInBytesUpperBound`. */
export function recordSize(
  key: Uint8Array | undefined,
  value: Uint8Array | undefined,
  headers: Readonly<Record<string, string>>,
): number {
  let bytes = BATCH_OVERHEAD + RECORD_OVERHEAD + field(key?.length) + field(value?.length)
  const names = Object.keys(headers)
  bytes += varint(names.length)
  for (const name of names) {
    bytes += field(Buffer.byteLength(name)) + field(Buffer.byteLength(headers[name] ?? ''))
  }
  return bytes
}

function field(length: number | undefined): number {
  return length === undefined ? 1 : varint(length) + length
}

/** Bytes of a length as a zigzag varint. */
function varint(value: number): number {
  let bytes = 1
  for (let rest = value * 2; rest >= 128; rest = Math.floor(rest / 128)) bytes++
  return bytes
}
