import type { Entry } from '../manifests/entry.ts'
import type { Delivery, Destination } from '../manifests/inventory.ts'
import type { Problem } from '../manifests/problems.ts'
import { addressedBy } from './addresses.ts'
import type { Written } from './written.ts'
import { problemAt, writtenAs } from './written.ts'

/**
 * KafkaSources that lose events: without retries, without a dead letter sink, or with one that feeds the source itself.
 *
 * A source that reads nothing but dead letters needs no dead letter sink: there may be no place left to send them to.
 */
export function faultsOfDelivery(entries: readonly Entry[]): Problem[] {
  const sources = writtenAs(entries, 'KafkaSource')
  const topicOf = topicsOfSinks(entries)
  const deadLetterTopics = new Set(
    sources.map(({ manifest }) => topicOf(manifest.delivery?.deadLetterSink)),
  )
  return sources.flatMap((source) => {
    const { delivery, topics } = source.manifest
    const fault = (field: string, message: string): Problem =>
      problemAt(source, ['spec', 'delivery', field], `spec.delivery.${field} ${message}`)
    const problems: Problem[] = []
    if (delivery?.retry === undefined || delivery.retry === 0) {
      const message = `${faultOfRetry(delivery)}; write how often it tries again, e.g. 60 with backoffPolicy: linear`
      problems.push(fault('retry', message))
    }
    const back = topicOf(delivery?.deadLetterSink)
    if (back !== undefined && topics.includes(back)) {
      const loop = `writes to topic "${back}", which this source reads: its letters come back to it`
      const message = `${loop}; name a KafkaSink of another topic, or remove it`
      problems.push(fault('deadLetterSink', message))
    }
    const readsDeadLettersAlone = topics.every((topic) => deadLetterTopics.has(topic))
    if (delivery?.deadLetterSink === undefined && !readsDeadLettersAlone) {
      const lost = 'is missing: an event that cannot be delivered is lost'
      problems.push(fault('deadLetterSink', `${lost}; ${wayTo(sources)}`))
    }
    return problems
  })
}

/** The topic behind a destination, when it is a KafkaSink of the folder. */
function topicsOfSinks(
  entries: readonly Entry[],
): (destination: Destination | undefined) => string | undefined {
  const sinks = writtenAs(entries, 'KafkaSink').map(({ manifest }) => manifest)
  return (destination) => {
    const named = destination && addressedBy(destination)
    if (named?.kind !== 'KafkaSink') return undefined
    return sinks.find((sink) => sink.name === named.name && sink.namespace === named.namespace)
      ?.topic
  }
}

function faultOfRetry(delivery: Delivery | undefined): string {
  if (delivery === undefined) return 'is missing: Knative tries eleven times and gives up'
  return `is ${delivery.retry === undefined ? 'missing' : '0'}: a fault that passes is not waited for`
}

function wayTo(sources: readonly Written<'KafkaSource'>[]): string {
  const [name] = sources.flatMap(
    ({ manifest }) => manifest.delivery?.deadLetterSink?.ref?.name ?? [],
  )
  return name === undefined
    ? 'name a KafkaSink of a topic for dead letters'
    : `name one, as ${name}`
}
