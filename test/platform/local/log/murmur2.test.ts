import { describe, expect, it } from '@jest/globals'

import { murmur2, partitionOf } from '../../../../platform/local/log/murmur2.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('murmur2', () => {
  // Apache Kafka, clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java, testMurmur2
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])("hashes %j as Kafka's own test says", (key, hash) => {
    expect(murmur2(bytes(key))).toBe(hash)
  })

  // kafkajs, src/producer/partitioners/defaultJava/murmur2.spec.js, generated with Java
  it.each([
    ['0', 971027396],
    ['1', -1993445489],
    ['128', -326012175],
    ['2187', -1508407203],
    ['16384', -325739742],
    ['78125', -1654490814],
    ['279936', 1462227128],
    ['823543', -2014198330],
    ['2097152', 607668903],
    ['105413504', -381294639],
    ['100:48069', 1009543857],
  ])('hashes %j as Java does', (key, hash) => {
    expect(murmur2(bytes(key))).toBe(hash)
  })

  it('reads a key that stands inside a larger buffer', () => {
    expect(murmur2(bytes('xfoobarx').subarray(1, 7))).toBe(-790332482)
  })

  it('makes a negative hash a partition as Kafka does, without its sign bit', () => {
    expect(partitionOf(bytes('21'), 10)).toBe((-973932308 & 0x7fffffff) % 10)
  })
})
