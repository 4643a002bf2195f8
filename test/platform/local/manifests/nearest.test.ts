import { describe, expect, it } from '@jest/globals'
import { nearest, wayOut } from '../../../../platform/local/manifests/nearest.ts'

describe('nearest', () => {
  it.each([
    ['retries', ['retry', 'timeout'], 'retry'],
    ['observation', ['observations', 'scores'], 'observations'],
    ['KafkaTopc', ['KafkaTopic', 'Kafka'], 'KafkaTopic'],
    ['mltset', ['mltest', 'mlrows'], 'mltest'],
    ['kafkasource', ['KafkaSource'], 'KafkaSource'],
  ])('takes %s for one of %j: %s', (name, known, meant) => {
    expect(nearest(name, known)).toBe(meant)
  })

  it('suggests nothing that is far away', () => {
    expect(nearest('topics', ['consumers', 'sink'])).toBeUndefined()
    expect(wayOut('topics', ['consumers', 'sink'], 'remove it')).toBe('remove it')
  })
})
