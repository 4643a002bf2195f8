import { wayOut } from './nearest.ts'

const READS_A_TOPIC = 'a KafkaSource reads a topic and posts to a Service'
const WRITES_A_TOPIC = 'a KafkaSink writes to a topic, and a KafkaSource reads it'
const IS_A_SERVICE = 'a serving.knative.dev/v1 Service runs a command'
const IS_TICKED = 'a PingSource wakes a Service on a schedule'
const ONE_SERVICE = 'a serving.knative.dev/v1 Service brings its own'

/** Kinds people know, that no laptop runs, and what stands in for each. */
const STAND_INS: Readonly<Record<string, string>> = {
  Broker: READS_A_TOPIC,
  Trigger: READS_A_TOPIC,
  Channel: WRITES_A_TOPIC,
  InMemoryChannel: WRITES_A_TOPIC,
  KafkaChannel: WRITES_A_TOPIC,
  Subscription: READS_A_TOPIC,
  Sequence: WRITES_A_TOPIC,
  Parallel: WRITES_A_TOPIC,
  RequestReply: WRITES_A_TOPIC,
  EventTransform: READS_A_TOPIC,
  JobSink: READS_A_TOPIC,
  SinkBinding: 'a Service finds its addresses in its own environment',
  ContainerSource: READS_A_TOPIC,
  ApiServerSource: READS_A_TOPIC,
  IntegrationSource: READS_A_TOPIC,
  IntegrationSink: WRITES_A_TOPIC,
  EventPolicy: 'everything on a laptop may reach everything',
  EventType: 'events need no registration',
  DomainMapping: 'a Service is reached at <service>.<namespace>.localhost',
  Ingress: 'a Service is reached at <service>.<namespace>.localhost',
  Configuration: ONE_SERVICE,
  Revision: ONE_SERVICE,
  Route: ONE_SERVICE,
  Deployment: IS_A_SERVICE,
  StatefulSet: IS_A_SERVICE,
  DaemonSet: IS_A_SERVICE,
  ReplicaSet: IS_A_SERVICE,
  Pod: IS_A_SERVICE,
  Job: IS_TICKED,
  CronJob: IS_TICKED,
  KafkaConnect: READS_A_TOPIC,
  KafkaConnector: READS_A_TOPIC,
  KafkaMirrorMaker2: READS_A_TOPIC,
  KafkaBridge: WRITES_A_TOPIC,
  KafkaRebalance: 'the embedded log has one broker',
}

/** Why a kind is refused, and the way out. */
export function refusal(kind: string, known: readonly string[]): string {
  const standIn = STAND_INS[kind]
  if (standIn !== undefined) return `no laptop runs a ${kind}; ${standIn}`
  const otherwise = `known kinds: ${known.join(', ')}`
  return `${kind} is not a kind that is read; ${wayOut(kind, known, otherwise)}`
}
