import type { DeadLetter } from '../../functions/lib/ports/dead-letters.ts'

/** A letter about an event that an address refused. */
export function eventLetter(destination: string, rest: Partial<DeadLetter> = {}): DeadLetter {
  return {
    source: '/s',
    eventId: 'e1',
    type: 'com.example.order',
    rowTimestamp: '',
    destination,
    code: 'no-stock',
    reason: 'nothing is left',
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'e1',
      'ce-source': '/s',
      'ce-type': 'com.example.order',
      'ce-subject': '%C3%A9',
      'ce-partitionkey': 'k',
      'ce-knativeerrordest': destination,
      'ce-knativeerrorcode': '422',
      'ce-knativeerrordata': 'eA==',
      'ce-knativekafkapartition': '3',
      'ce-knativekafkaoffset': '17',
    },
    data: Buffer.from('{ "order": 1e999 }'),
    ...rest,
  }
}

/** A letter about a row that persist left out of its event. */
export function rowLetter(rest: Partial<DeadLetter> = {}): DeadLetter {
  return {
    source: '/s',
    eventId: 'e2',
    type: 'dev.nowcast.rejected',
    rowTimestamp: 't',
    destination: 'persist',
    code: 'not-a-number',
    reason: '"target" is a string, not a finite number',
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'e2',
      'ce-source': '/s',
      'ce-type': 'dev.nowcast.target',
      'ce-subject': 'river',
    },
    data: Buffer.from('{"timestamp":"t","target":"high"}'),
    ...rest,
  }
}
