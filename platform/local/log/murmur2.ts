const SEED = 0x9747b28c
const M = 0x5bd1e995

/** Kafka's hash of a record key: 32 bits, signed, as `org.apache.kafka.common.utils.Utils.murmur2` gives it. */
export function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const whole = data.length & ~3
  let hash = SEED ^ data.length
  for (let at = 0; at < whole; at += 4) {
    const mixed = Math.imul(view.getInt32(at, true), M)
    hash = Math.imul(hash, M) ^ Math.imul(mixed ^ (mixed >>> 24), M)
  }
  if (whole < data.length) {
    for (let at = data.length - 1; at >= whole; at--)
      hash ^= view.getUint8(at) << ((at - whole) * 8)
    hash = Math.imul(hash, M)
  }
  hash = Math.imul(hash ^ (hash >>> 13), M)
  return hash ^ (hash >>> 15)
}

/** The partition Kafka's default partitioner gives a key. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
