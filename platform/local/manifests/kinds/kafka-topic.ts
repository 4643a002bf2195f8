import { z } from 'zod'
import { ignored } from '../fields.ts'
import { defineKind } from '../kind.ts'
import { header } from '../shapes/api-version.ts'
import { needOfCluster, status, strimziMetadata } from '../shapes/metadata.ts'

const WEEK_MS = 604_800_000
/** Kafka's own: one mebibyte and the overhead of a record batch. */
const MAX_MESSAGE_BYTES = 1_048_588

const FILES = 'how the brokers keep their files'
const COPIES = 'a laptop keeps one copy'
const STAMPS = "the log's clock stamps every record (LogAppendTime)"
const TIERS = 'a laptop has one tier of storage'
const COMPACTION = 'the embedded log does not compact'
const IGNORED = {
  'compression.gzip.level': FILES,
  'compression.lz4.level': FILES,
  'compression.type': FILES,
  'compression.zstd.level': FILES,
  'delete.retention.ms': COMPACTION,
  'file.delete.delay.ms': FILES,
  'flush.messages': FILES,
  'flush.ms': FILES,
  'follower.replication.throttled.replicas': COPIES,
  'index.interval.bytes': FILES,
  'leader.replication.throttled.replicas': COPIES,
  'local.retention.bytes': TIERS,
  'local.retention.ms': TIERS,
  'max.compaction.lag.ms': COMPACTION,
  'message.timestamp.after.max.ms': STAMPS,
  'message.timestamp.before.max.ms': STAMPS,
  'message.timestamp.type': STAMPS,
  'min.cleanable.dirty.ratio': COMPACTION,
  'min.compaction.lag.ms': COMPACTION,
  'min.insync.replicas': COPIES,
  preallocate: FILES,
  'remote.log.copy.disable': TIERS,
  'remote.log.delete.on.disable': TIERS,
  'remote.storage.enable': TIERS,
  'retention.bytes': 'a laptop keeps records by time alone',
  'segment.bytes': FILES,
  'segment.index.bytes': FILES,
  'segment.jitter.ms': FILES,
  'segment.ms': FILES,
  'unclean.leader.election.enable': COPIES,
}

const setting = z.union([z.string(), z.number(), z.boolean()], {
  error: 'is a list or a mapping; write text, a number, or true or false',
})

/** Strimzi takes a number of a topic's config as a number or as text. */
const wholeNumber = (least: number) =>
  setting.transform((written, context) => {
    const value = typeof written === 'boolean' || written === '' ? Number.NaN : Number(written)
    if (Number.isSafeInteger(value) && value >= least) return value
    const message = `is ${JSON.stringify(written)}; write a whole number, at least ${least}`
    context.issues.push({ code: 'custom', input: written, message })
    return z.NEVER
  })

const ignoredSettings = Object.fromEntries(
  Object.entries(IGNORED).map(([name, reason]) => [name, ignored(reason, setting)]),
)

const config = z.strictObject({
  'retention.ms': wholeNumber(-1).optional(),
  'max.message.bytes': wholeNumber(0).optional(),
  'cleanup.policy': z
    .literal('delete', {
      error: 'is not "delete"; write delete: the embedded log does not compact',
    })
    .optional(),
  ...ignoredSettings,
})

export const kafkaTopic = defineKind({
  kind: 'KafkaTopic',
  apiVersion: 'kafka.strimzi.io/v1',
  meaning: 'a partitioned, durable topic of the embedded log',
  schema: z.strictObject({
    ...header('KafkaTopic', 'kafka.strimzi.io/v1'),
    metadata: strimziMetadata,
    spec: z.strictObject({
      topicName: z
        .string()
        .regex(/^[a-zA-Z0-9._-]{1,249}$/, {
          error: 'is no name of a topic; write at most 249 letters, digits, ".", "_" and "-"',
        })
        .optional(),
      partitions: z.int().min(1).default(1),
      replicas: ignored(COPIES, z.int().min(1)),
      config: config.optional(),
    }),
    status,
  }),
  read({ metadata, spec }, place) {
    const retentionMs = spec.config?.['retention.ms'] ?? WEEK_MS
    return {
      manifest: {
        kind: 'KafkaTopic',
        ...place,
        topic: spec.topicName ?? place.name,
        partitions: spec.partitions,
        retentionMs: retentionMs === -1 ? undefined : retentionMs,
        maxMessageBytes: spec.config?.['max.message.bytes'] ?? MAX_MESSAGE_BYTES,
      },
      needs: [needOfCluster(metadata)],
    }
  },
})
