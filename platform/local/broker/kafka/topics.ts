import kafkajs from 'kafkajs'
import type { Admin } from 'kafkajs'

import type { Facts } from '../../facts.ts'
import type { TopicSettings } from '../../log/event-log.ts'
import { byText } from '../../manifests/problems.ts'

// Node finds only some of the names that this CommonJS package exports.
const { ConfigResourceTypes, ConfigSource } = kafkajs
const FOR_EVER = -1

/**
 * Makes the topics that are missing, with one replica, and gives those that are there their settings; what else is set on them stays.
 * Partitions are added, never taken away. Records get the broker's time, so that retention counts from their arrival.
 */
export async function ensureTopics(
  admin: Admin,
  topics: readonly TopicSettings[],
  facts: Facts,
): Promise<void> {
  const known = new Set(await admin.listTopics())
  const missing = topics.filter(({ topic }) => !known.has(topic))
  if (missing.length > 0) {
    await admin.createTopics({
      topics: missing.map((settings) => ({
        topic: settings.topic,
        numPartitions: settings.partitions,
        replicationFactor: 1,
        configEntries: configOf(settings),
      })),
    })
  }
  const existing = topics.filter(({ topic }) => known.has(topic))
  if (existing.length === 0) return
  await growPartitions(admin, existing, facts)
  for (const settings of existing) await adopt(admin, settings)
}

function configOf({ retentionMs, maxMessageBytes }: TopicSettings) {
  return [
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
    { name: 'max.message.bytes', value: String(maxMessageBytes) },
    { name: 'retention.ms', value: String(retentionMs ?? FOR_EVER) },
  ]
}

async function growPartitions(
  admin: Admin,
  topics: readonly TopicSettings[],
  facts: Facts,
): Promise<void> {
  const metadata = await admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) })
  for (const { topic, partitions: wanted } of topics) {
    const had = metadata.topics.find(({ name }) => name === topic)?.partitions.length ?? wanted
    if (had < wanted) await admin.createPartitions({ topicPartitions: [{ topic, count: wanted }] })
    if (had > wanted) {
      const fact = `topic ${topic} has ${had} partitions on the broker and keeps them: they cannot shrink to ${wanted}`
      facts('warn', `KafkaTopic ${topic}`, fact)
    }
  }
}

/** kafkajs can only replace all that is set on a topic at once, so what else is set there is sent along. */
async function adopt(admin: Admin, settings: TopicSettings): Promise<void> {
  const resource = { type: ConfigResourceTypes.TOPIC, name: settings.topic }
  const { resources } = await admin.describeConfigs({
    resources: [resource],
    includeSynonyms: false,
  })
  const had = (resources[0]?.configEntries ?? [])
    .filter(
      ({ configSource, isDefault }) => configSource === ConfigSource.TOPIC_CONFIG && !isDefault,
    )
    .map(({ configName, configValue }) => ({ name: configName, value: configValue }))
  const wanted = configOf(settings)
  const kept = had.filter(({ name }) => !wanted.some((one) => one.name === name))
  const now = [...kept, ...wanted]
  if (textOf(now) === textOf(had)) return
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ ...resource, configEntries: now }],
  })
}

function textOf(entries: readonly { readonly name: string; readonly value: string }[]): string {
  return entries
    .map(({ name, value }) => `${name}=${value}`)
    .toSorted(byText)
    .join('\n')
}
