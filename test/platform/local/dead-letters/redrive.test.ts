import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { redrive } from '../../../../platform/local/dead-letters/redrive.ts'
import type { RedriveOptions } from '../../../../platform/local/dead-letters/redrive.ts'
import { sendByHttp } from '../../../../platform/local/dead-letters/send-by-http.ts'
import { eventLetter, rowLetter } from '../../../support/letter.ts'
import { startReceiver } from '../../../support/receiver.ts'
import type { Receiver } from '../../../support/receiver.ts'
import { openWorkbench } from '../../../support/workbench.ts'
import type { Workbench } from '../../../support/workbench.ts'

let bench: Workbench
let receiver: Receiver
beforeEach(async () => {
  bench = await openWorkbench()
  receiver = await startReceiver()
})
afterEach(async () => {
  await receiver.close()
  await bench.close()
})

/** Sends the newest letter again, the receiver standing for the gateway too. */
async function sendAgain(options: Partial<RedriveOptions> = {}) {
  const { deadLetters } = bench.database
  const [newest] = await deadLetters.list(1)
  const needs = { deadLetters, send: sendByHttp(Number(new URL(receiver.url).port)) }
  const all = { namespace: 'nowcast', again: false, dryRun: false, ...options }
  return redrive(newest?.id ?? 'none', needs, all)
}
const mark = async () => (await bench.database.deadLetters.list(1))[0]?.redriven

describe('a dead letter', () => {
  it('is sent once and marked; a second time nothing happens', async () => {
    await bench.database.deadLetters.put([eventLetter(`${receiver.url}/work?a=b`)])
    expect(await sendAgain()).toMatchObject({
      outcome: 'redriven',
      detail: `was sent again: ${receiver.url}/work?a=b answered 204`,
    })
    expect(receiver.requests).toMatchObject([
      {
        method: 'POST',
        path: '/work?a=b',
        headers: {
          'ce-id': 'e1',
          'content-type': 'application/json',
          host: new URL(receiver.url).host,
        },
      },
    ])
    expect(receiver.requests[0]?.body.toString()).toBe('{ "order": 1e999 }')
    expect(receiver.requests[0]?.headers).not.toHaveProperty('ce-knativeerrorcode')
    const first = await mark()
    expect(first).toMatchObject({ times: 1, answer: `${receiver.url}/work?a=b answered 204` })

    expect(await sendAgain()).toMatchObject({
      outcome: 'already',
      detail: `was sent again already, at ${first?.at}: ${first?.answer}`,
    })
    expect(receiver.requests).toHaveLength(1)
    expect(await mark()).toEqual(first)
  })

  it('is sent once more for who asks for it', async () => {
    await bench.database.deadLetters.put([eventLetter(receiver.url)])
    await sendAgain()
    expect(await sendAgain({ again: true })).toMatchObject({ outcome: 'redriven' })
    expect(receiver.requests).toHaveLength(2)
    expect(await mark()).toMatchObject({ times: 2 })
  })

  it.each([
    ['http://work.shop.svc.cluster.local/x', 'work.shop.svc.cluster.local'],
    ['http://work.shop.svc:8080/x', 'work.shop.svc:8080'],
    ['http://work.shop.localhost:8080/x', 'work.shop.localhost:8080'],
  ])('of %s goes through the gateway, as host %s', async (destination, host) => {
    await bench.database.deadLetters.put([eventLetter(destination)])
    expect(await sendAgain()).toMatchObject({ outcome: 'redriven' })
    expect(receiver.requests).toMatchObject([{ path: '/x', headers: { host } }])
  })

  it('about a row goes to the topic of its kind', async () => {
    await bench.database.deadLetters.put([rowLetter()])
    receiver.replyWith(() => ({ status: 202 }))
    expect(await sendAgain({ namespace: 'shop' })).toMatchObject({ outcome: 'redriven' })
    expect(receiver.requests).toMatchObject([
      {
        path: '/shop/mltest',
        headers: { host: 'kafka-sink-ingress.knative-eventing.svc.cluster.local' },
      },
    ])
  })

  it('that is refused again stays as it was, and says why', async () => {
    await bench.database.deadLetters.put([eventLetter(receiver.url)])
    receiver.replyWith(() => ({ status: 422, body: '{"detail":"still nothing\\nleft"}' }))
    expect(await sendAgain()).toMatchObject({
      outcome: 'refused',
      detail: `is refused again: ${receiver.url} answered 422: still nothing left`,
    })
    expect(await mark()).toBeUndefined()
    receiver.replyWith(() => ({ status: 302, body: 'elsewhere' }))
    expect(await sendAgain()).toMatchObject({ outcome: 'refused' })
  })

  it('that nobody answers to stays as it was', async () => {
    await bench.database.deadLetters.put([eventLetter(receiver.url)])
    receiver.replyWith(() => 'cut')
    expect(await sendAgain()).toMatchObject({
      outcome: 'unanswered',
      detail: `was not sent: ${receiver.url} gave no answer: socket hang up`,
    })
    expect(await mark()).toBeUndefined()
  })

  it('is neither sent nor marked in a dry run', async () => {
    await bench.database.deadLetters.put([eventLetter(receiver.url)])
    expect(await sendAgain({ dryRun: true })).toMatchObject({
      outcome: 'would',
      detail: `would go to ${receiver.url}: com.example.order, 18 bytes`,
    })
    expect(receiver.requests).toEqual([])
    expect(await mark()).toBeUndefined()
  })

  it('without a destination cannot be sent', async () => {
    await bench.database.deadLetters.put([eventLetter('')])
    expect(await sendAgain()).toMatchObject({
      outcome: 'impossible',
      detail: 'cannot be sent again: it names no destination',
    })
  })

  it('that is not there is none', async () => {
    expect(await sendAgain()).toBeUndefined()
  })
})
