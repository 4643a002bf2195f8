import { describe, expect, it } from '@jest/globals'

import {
  groupOf,
  refuseSharedGroups,
} from '../../../../../platform/local/parts/kafka-source/group.ts'

const source = {
  namespace: 'nowcast',
  name: 'persist',
  file: 'eventing/persist.yaml',
  line: 1,
  consumerGroup: undefined,
  topics: ['mltest'],
}

describe('groupOf', () => {
  it('is the one the source names', () => {
    expect(groupOf({ ...source, consumerGroup: 'persist' })).toBe('persist')
  })

  it('is made from namespace and name otherwise, the same every time', () => {
    const uuid =
      /^knative-kafka-source-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
    expect(groupOf(source)).toMatch(uuid)
    expect(groupOf(source)).toBe(groupOf({ ...source }))
    expect(groupOf(source)).not.toBe(groupOf({ ...source, name: 'predict' }))
  })
})

describe('refuseSharedGroups', () => {
  const named = (name: string, topics: string[], consumerGroup = 'g') => {
    return { ...source, name, file: `eventing/${name}.yaml`, topics, consumerGroup }
  }

  it('lets sources share a topic or a group, but not both', () => {
    const sources = [named('a', ['x', 'x']), named('b', ['y']), named('c', ['x'], 'h')]
    expect(() => refuseSharedGroups(sources)).not.toThrow()
    expect(() => refuseSharedGroups([...sources, named('d', ['z', 'y'])])).toThrow(
      'eventing/d.yaml:1: KafkaSource d reads topic "y" in the consumer group "g", as KafkaSource b does (eventing/b.yaml:1)',
    )
  })
})
