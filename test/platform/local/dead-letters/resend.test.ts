import { describe, expect, it } from '@jest/globals'

import { letterId } from '../../../../functions/lib/adapters/dead-letter-id.ts'
import type { DeadLetter } from '../../../../functions/lib/ports/dead-letters.ts'
import { resendOf } from '../../../../platform/local/dead-letters/resend.ts'
import { eventLetter, rowLetter } from '../../../support/letter.ts'

const PERSIST = 'http://persist.nowcast.svc.cluster.local/dead?x=1'

function resend(letter: DeadLetter) {
  const id = letterId(letter)
  return resendOf({ ...letter, id, storedAt: '', redriven: undefined }, 'shop')
}

describe('a letter is sent again', () => {
  it('as the original event, byte for byte, to the address that refused it', () => {
    expect(resend(eventLetter(PERSIST))).toEqual({
      resend: {
        url: PERSIST,
        headers: {
          'content-type': 'application/json',
          'ce-specversion': '1.0',
          'ce-id': 'e1',
          'ce-source': '/s',
          'ce-type': 'com.example.order',
          'ce-subject': '%C3%A9',
          'ce-partitionkey': 'k',
        },
        body: Buffer.from('{ "order": 1e999 }'),
      },
    })
  })

  it('as an event of its own to the topic of its kind when it is a row', () => {
    const letter = rowLetter()
    expect(resend(letter)).toEqual({
      resend: {
        url: 'http://kafka-sink-ingress.knative-eventing.svc.cluster.local/shop/mltest',
        headers: { ...letter.headers, 'ce-id': letterId(letter) },
        body: Buffer.from('{"rows":[{"timestamp":"t","target":"high"}]}'),
      },
    })
  })

  it.each([
    ['that nobody refused', eventLetter(''), 'names no destination'],
    [
      'whose destination is no address',
      eventLetter('persist'),
      'names a destination that is no address: persist',
    ],
    ['that is no event', eventLetter(PERSIST, { headers: {} }), 'holds no CloudEvent'],
    [
      'about a row that was cut',
      rowLetter({ headers: {} }),
      'holds too little of its row: it was too large, or is nothing to be sent',
    ],
    [
      'about a row of a strange kind',
      rowLetter({ headers: { 'ce-type': 'com.example.row' } }),
      'holds a row of com.example.row, which has no topic',
    ],
  ])('but not one %s', (_, letter, fault) => {
    expect(resend(letter)).toEqual({ fault })
  })
})
