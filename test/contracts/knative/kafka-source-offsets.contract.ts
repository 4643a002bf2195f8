import { afterEach, describe, expect, it } from '@jest/globals'

import type { NewRecord } from '../../../platform/local/log/event-log.ts'
import { eventually } from '../../support/eventually.ts'
import { kafkaSource, recorderAt, topic, written } from './manifests.ts'
import type { Document } from './manifests.ts'
import { keptOf, recorder, release, tell } from './recorder.ts'
import type { Reply } from './recorder.ts'
import type { Deployment, DeployOptions, Laptop, Subject } from './subject.ts'

const DEADLINE_MS = 60_000
/** A commit interval, and time for a machine that is busy. */
const COMMITTED_AFTER_MS = 6_500
const REPLIES: Readonly<Record<string, readonly Reply[]>> = {
  held: [{ hold: true }],
  bad: [{ status: 503 }],
}

const records = (from: number, to: number, partition = 0, name = 'rows'): NewRecord[] =>
  Array.from({ length: to - from }, (_, index) => ({
    topic: name,
    partition,
    key: undefined,
    headers: {},
    value: Buffer.from(`${partition}/${from + index}`),
  }))
const bodies = (from: number, to: number, partition = 0) =>
  Array.from({ length: to - from }, (_, index) => `${partition}/${from + index}`)

/** Where a source is in its topics, in what order it delivers, and what a change of its group does (contract section 2.5). */
export function offsetsContract(subject: Subject): void {
  describe(`KafkaSource contract, offsets: ${subject.name}`, () => {
    let deployment: Deployment
    afterEach(() => deployment.remove(), DEADLINE_MS)

    /** Deploys the recorder with these, and answers the hooks of the laptop. */
    async function deploy(documents: readonly Document[], options: DeployOptions): Promise<Laptop> {
      deployment = await subject.deploy(written([recorder(REPLIES), ...documents]), options)
      if (deployment.laptop === undefined) throw new Error('only a laptop runs a KafkaSource here')
      return deployment.laptop
    }
    const posted = async (name = 'rows') =>
      (await keptOf(deployment, name)).requests.map(({ body }) => body)
    const settled = (laptop: Laptop) => laptop.platform().settled(DEADLINE_MS)

    it(
      'has one record of each partition in flight when it is ordered, in the order of the partition',
      async () => {
        const laptop = await deploy(
          [topic('rows', 3), kafkaSource('rows', { sink: recorderAt('held') })],
          { records: [0, 1, 2].flatMap((partition) => records(0, 40, partition)) },
        )
        await eventually(async () => (await keptOf(deployment, 'held')).inFlight === 3, DEADLINE_MS)
        await release(deployment, 'held')
        await settled(laptop)
        const all = await posted('held')
        for (const partition of [0, 1, 2]) {
          const own = all.filter((body) => body.startsWith(`${partition}/`))
          expect(own).toEqual(bodies(0, 40, partition))
        }
        expect((await keptOf(deployment, 'held')).mostInFlight).toBe(3)
      },
      DEADLINE_MS,
    )

    it(
      'is ordered when nothing else is said, and holds up the partition of a record that is tried again, no other',
      async () => {
        const delivery = { retry: 1_000, backoffDelay: 'PT0.1S', backoffPolicy: 'linear' }
        const laptop = await deploy(
          [topic('rows', 2), kafkaSource('rows', { delivery, sink: recorderAt('bad') })],
          { records: [...records(0, 3, 0), ...records(0, 3, 1)], speed: 10 },
        )
        await eventually(async () => (await posted('bad')).length > 10, DEADLINE_MS)
        expect(new Set(await posted('bad'))).toEqual(new Set(['0/0', '1/0']))
        await tell(deployment, 'bad', [{ status: 204 }])
        await settled(laptop)
        expect(new Set(await posted('bad')).size).toBe(6)
      },
      DEADLINE_MS,
    )

    it(
      'has 50 to 99 records in flight when it is unordered, and commits none past one that is not done',
      async () => {
        const laptop = await deploy(
          [topic('rows'), kafkaSource('rows', { ordering: 'unordered', sink: recorderAt('held') })],
          { records: records(0, 300) },
        )
        await eventually(
          async () => (await keptOf(deployment, 'held')).inFlight === 50,
          DEADLINE_MS,
        )
        await release(deployment, 'held')
        await settled(laptop)
        const { mostInFlight, requests } = await keptOf(deployment, 'held')
        expect(requests).toHaveLength(300)
        expect(mostInFlight).toBeGreaterThanOrEqual(50)
        expect(mostInFlight).toBeLessThanOrEqual(99)

        // The first of these never ends: what is done behind it is delivered again.
        await laptop.restart({ records: records(300, 340) })
        await eventually(async () => (await posted('held')).length === 40, DEADLINE_MS)
        await laptop.restart()
        await eventually(async () => (await posted('held')).length === 40, DEADLINE_MS)
        expect((await posted('held')).toSorted()).toEqual(bodies(300, 340).toSorted())
      },
      2 * DEADLINE_MS,
    )

    it(
      'commits what is done when it stops, and goes on there',
      async () => {
        const laptop = await deploy([topic('rows'), kafkaSource('rows')], {
          records: records(0, 5),
        })
        await settled(laptop)
        expect(await posted()).toEqual(bodies(0, 5))
        await laptop.restart({ records: records(5, 8) })
        await settled(laptop)
        expect(await posted()).toEqual(bodies(5, 8))
      },
      DEADLINE_MS,
    )

    it(
      'commits every five seconds what is done: a kill repeats no more than that',
      async () => {
        const laptop = await deploy([topic('rows'), kafkaSource('rows')], {
          records: records(0, 5),
        })
        await settled(laptop)
        const done = Date.now()
        await eventually(() => Date.now() - done > COMMITTED_AFTER_MS, DEADLINE_MS)
        await laptop.restart({ records: records(5, 7), isKilled: true })
        await settled(laptop)
        expect(await posted()).toEqual(bodies(5, 7))
      },
      DEADLINE_MS,
    )

    it(
      'delivers again, after a kill, what was in flight and what stood behind it',
      async () => {
        const laptop = await deploy(
          [topic('rows'), kafkaSource('rows', { sink: recorderAt('held') })],
          { records: records(0, 3) },
        )
        await eventually(async () => (await posted('held')).length === 1, DEADLINE_MS)
        await laptop.restart({ isKilled: true })
        await eventually(async () => (await posted('held')).length === 1, DEADLINE_MS)
        await release(deployment, 'held')
        await settled(laptop)
        expect(await posted('held')).toEqual(bodies(0, 3))
      },
      DEADLINE_MS,
    )

    it(
      'begins at the oldest record with initialOffset earliest, after the newest with latest, which is the default',
      async () => {
        const laptop = await deploy(
          [
            topic('rows'),
            kafkaSource('earliest', { topics: ['rows'] }),
            kafkaSource('latest', { topics: ['rows'], initialOffset: 'latest' }),
            kafkaSource('unsaid', { topics: ['rows'], initialOffset: undefined }),
          ],
          { records: records(0, 3) },
        )
        await settled(laptop)
        expect(await posted('earliest')).toEqual(bodies(0, 3))
        await laptop.restart({ records: records(3, 5) })
        await settled(laptop)
        for (const name of ['earliest', 'latest', 'unsaid']) {
          expect(await posted(name)).toEqual(bodies(3, 5))
        }
      },
      DEADLINE_MS,
    )

    it(
      'reads all its topics, and finds its group again by the name it gives or by its own',
      async () => {
        const documents = [
          topic('rows'),
          topic('more'),
          kafkaSource('named', { topics: ['rows', 'more'], consumerGroup: 'a-group' }),
          kafkaSource('unnamed', { topics: ['more'] }),
        ]
        const both = [...records(0, 2), ...records(0, 2, 0, 'more')]
        const laptop = await deploy(documents, { records: both })
        await settled(laptop)
        expect((await posted('named')).toSorted()).toEqual(['0/0', '0/0', '0/1', '0/1'])
        const groups = (await laptop.platform().status()).sources.map(({ group }) => group)
        expect(groups).toEqual([
          'a-group',
          expect.stringMatching(/^knative-kafka-source-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
        ])
        // A source of another name takes up the group, which is kept by its own.
        const renamed = kafkaSource('renamed', {
          topics: ['rows', 'more'],
          consumerGroup: 'a-group',
        })
        const others = documents.map((one) => (one.metadata.name === 'named' ? renamed : one))
        await laptop.restart({
          manifests: written([recorder(REPLIES), ...others]),
          records: records(2, 3),
        })
        await settled(laptop)
        expect(await posted('renamed')).toEqual(bodies(2, 3))
        expect(await posted('unnamed')).toEqual([])
      },
      DEADLINE_MS,
    )

    it(
      'loses its group when it is deleted: made again it begins at its initialOffset',
      async () => {
        const latest = kafkaSource('latest', { topics: ['rows'], initialOffset: 'latest' })
        const earliest = kafkaSource('earliest', { topics: ['rows'] })
        const all = written([recorder(), topic('rows'), latest, earliest])
        const laptop = await deploy([topic('rows'), latest, earliest], { records: records(0, 2) })
        await settled(laptop)
        await laptop.restart({ manifests: written([recorder(), topic('rows')]) })
        const said = laptop.platform().facts.map(({ fact }) => fact)
        expect(said.filter((fact) => fact.startsWith('deleted the consumer group'))).toHaveLength(2)
        await laptop.restart({ manifests: all, records: records(2, 4) })
        await settled(laptop)
        expect(await posted('earliest')).toEqual(bodies(0, 4))
        expect(await posted('latest')).toEqual([])
      },
      DEADLINE_MS,
    )
  })
}
