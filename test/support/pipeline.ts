import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'

import { writeCloudEvents } from '../../functions/lib/cloud-event.ts'
import type { Database } from '../../functions/lib/connect.ts'
import type { IncomingEvent, OutgoingEvent } from '../../functions/lib/events.ts'
import type { DeclaredModel } from '../../functions/lib/ports/declared-models.ts'
import type { Log } from '../../functions/lib/ports/log.ts'
import { onEvaluationEvent } from '../../functions/evaluate/handler.ts'
import { onRows } from '../../functions/persist/handler.ts'
import { onFeatures } from '../../functions/predict/handler.ts'
import { startServing } from '../../functions/predict/serving.ts'
import { onStoredRows } from '../../functions/score/handler.ts'
import { onEvent as onTrainingEvent } from '../../functions/train/handler.ts'
import { event, openWorkbench } from './workbench.ts'

/** A row of a stream, at a second of the workbench's time. */
export interface Sample {
  readonly timestamp: string
  readonly features: Readonly<Record<string, number>>
  readonly target: number
}

/**
 * The functions of the stream in one process, over one SQLite store: what each publishes is written and read back as
 * CloudEvents, and goes to those who read its topic, as the KafkaSources in `eventing/` say.
 */
export interface Pipeline {
  readonly database: Database
  /** Every fact that the functions have logged, after the name of the model it is about, if it is about one. */
  readonly facts: readonly string[]
  /** The events of a topic so far, in the order they were published. */
  published(topic: string): readonly IncomingEvent[]
  /** The rows of those events. */
  rowsOf(topic: string): readonly Record<string, unknown>[]
  /** Sends one event to a topic and everything that follows from it. */
  send(outgoing: OutgoingEvent): Promise<void>
  /** Sends a sample, features first, and everything that follows from it. */
  sample(sample: Sample, series?: string): Promise<void>
  /** Delivers events again, to all who read the topic, and what follows from them. */
  deliver(topic: string, events: readonly IncomingEvent[]): Promise<void>
  /** Delivers events again, to all who read the topic, and nothing of what follows from them. */
  deliverAlone(topic: string, events: readonly IncomingEvent[]): Promise<void>
  /** A tick of the PingSource of train. */
  tick(timestamp: string): Promise<void>
  /** Posts a command to train or evaluate. */
  command(to: 'train' | 'evaluate', data: Record<string, unknown>, id: string): Promise<void>
  close(): Promise<void>
}

/** Where Linux keeps files in memory: a sample is half a dozen writes, and a disk makes each wait. */
const MEMORY = '/dev/shm'

/** Opens the functions for these declared models; without predict no predictions are made but those that are sent. */
export async function openPipeline(
  declared: readonly DeclaredModel[],
  { withoutPredict = false }: { withoutPredict?: boolean } = {},
): Promise<Pipeline> {
  const bench = await openWorkbench(existsSync(MEMORY) ? MEMORY : tmpdir())
  const { rows, scores, models, states } = bench.database
  const log: IncomingEvent[] = []
  const topicOf = new Map<IncomingEvent, string>()
  const facts: string[] = []
  const tell: Log = (_level, fact, { model } = {}) =>
    void facts.push(typeof model === 'string' ? `${model}: ${fact}` : fact)
  let waiting: { topic: string; event: IncomingEvent }[] = []

  const publisher = (functionName: string) => ({
    async publish(events: readonly OutgoingEvent[]) {
      for (const outgoing of events) {
        for (const { topic, attributes, body } of writeCloudEvents(functionName, outgoing)) {
          const { id = '', source = '', type = '', subject, ...extensions } = attributes
          const written = event(type, JSON.parse(body), { id, source, subject, extensions })
          log.push(written)
          topicOf.set(written, topic)
          waiting.push({ topic, event: written })
        }
      }
    },
    close: async () => undefined,
  })
  const needs = (name: string) => {
    return { declared, rows, scores, models, states, events: publisher(name), log: tell }
  }
  const serving = startServing({ models, states }, tell)
  const train = onTrainingEvent(needs('train'))
  const evaluate = onEvaluationEvent(needs('evaluate'))
  const predict = onFeatures({ ...needs('predict'), serving })
  const readers: Readonly<Record<string, ((event: IncomingEvent) => Promise<void>)[]>> = {
    mltest: [onRows(needs('persist')), ...(withoutPredict ? [] : [predict])],
    mlrows: [onStoredRows(needs('score')), train],
    mlscore: [evaluate],
    mlmodel: [train],
  }
  const outside = publisher('test')

  /** One thing at a time, until nothing follows. */
  async function settle(): Promise<void> {
    for (;;) {
      const [next, ...others] = waiting
      if (next === undefined) return
      waiting = others
      for (const read of readers[next.topic] ?? []) await read(next.event)
    }
  }
  async function send(outgoing: OutgoingEvent): Promise<void> {
    await outside.publish([outgoing])
    await settle()
  }
  const published = (topic: string) => log.filter((one) => topicOf.get(one) === topic)

  return {
    database: bench.database,
    facts,
    published,
    rowsOf: (topic) =>
      published(topic).flatMap(({ data }) => {
        const found: unknown =
          typeof data === 'object' && data !== null && 'rows' in data && data.rows
        return Array.isArray(found) ? found : []
      }),
    send,
    async sample({ timestamp, features, target }, series = 'mltest') {
      const about = { series, partitionKey: series }
      await send({ type: 'dev.nowcast.features', ...about, rows: [{ timestamp, ...features }] })
      await send({ type: 'dev.nowcast.target', ...about, rows: [{ timestamp, target }] })
    },
    async deliver(topic, events) {
      waiting.push(...events.map((one) => ({ topic, event: one })))
      await settle()
    },
    async deliverAlone(topic, events) {
      for (const one of events) {
        for (const read of readers[topic] ?? []) await read(one)
      }
      waiting = []
    },
    async tick(timestamp) {
      await train(event('dev.knative.sources.ping', {}, { id: timestamp, time: timestamp }))
      await settle()
    },
    async command(to, data, id) {
      await (to === 'train' ? train : evaluate)(event('dev.nowcast.command', data, { id }))
      await settle()
    },
    close: () => bench.close(),
  }
}
