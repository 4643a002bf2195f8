/** Which test shows that a field is honoured, by kind and path; a path stands for everything below it. */
type Cases = Readonly<Record<string, string>>

const SINKS = 'posts to the uri of its sink, relative to what its ref names'

/** Of every kind that says nothing else. */
const COMMON: Cases = {
  'metadata.name': 'the same object twice',
  'metadata.namespace': 'a sink in another namespace',
  'metadata.labels."strimzi.io/cluster"': 'a topic that Strimzi would leave alone',
  'spec.bootstrapServers': 'a bootstrap server that is no Kafka of the folder',
}

const CONTAINER = 'spec.template.spec.containers[]'
const POD = 'spec.template.spec'
const SCALING = 'spec.template.metadata.annotations."autoscaling.knative.dev/'

const CASES: Readonly<Record<string, Cases>> = {
  Service: {
    'metadata.name': 'carry the name it has in a cluster when they name no host',
    'metadata.namespace': 'carry the name it has in a cluster when they name no host',
    [`${CONTAINER}.command`]: 'starts its command with its args, where and on the port it says',
    [`${CONTAINER}.args`]: 'starts its command with its args, where and on the port it says',
    [`${CONTAINER}.workingDir`]: 'starts its command with its args, where and on the port it says',
    [`${CONTAINER}.ports`]: 'starts its command with its args, where and on the port it says',
    [`${CONTAINER}.env`]: 'reads its environment, each value with where it comes from',
    [`${CONTAINER}.envFrom`]: 'come from whole objects, with their prefix',
    [`${CONTAINER}.volumeMounts`]: 'may be one file, by its subPath',
    [`${CONTAINER}.readinessProbe`]:
      'sends nothing to an instance before its readiness probe succeeds',
    [`${CONTAINER}.livenessProbe`]: 'starts an instance anew whose liveness probe fails',
    [`${CONTAINER}.startupProbe`]:
      'asks a startup probe first, and the liveness probe only once that has succeeded',
    [`${POD}.volumes[]`]: 'are the chosen keys under the chosen paths',
    [`${POD}.volumes[].projected`]:
      'reads its mounts, a projected volume as one mount for each of its sources',
    [`${POD}.volumes[].emptyDir`]:
      'that are empty folders keep what the process writes while the platform runs, and begin empty',
    [`${POD}.containerConcurrency`]:
      'is never exceeded, and the activator holds what finds no place',
    [`${POD}.timeoutSeconds`]:
      'ends a request after timeoutSeconds with 504, "activator request timeout"',
    [`${POD}.responseStartTimeoutSeconds`]:
      'ends after responseStartTimeoutSeconds only what has not begun to answer',
    [`${POD}.idleTimeoutSeconds`]:
      'ends after idleTimeoutSeconds an answer that falls silent, and what has not begun to answer',
    [`${SCALING}class"`]: 'an annotation of the autoscaler is refused',
    [`${SCALING}metric"`]: 'counts requests a second when that is its metric',
    [`${SCALING}metric-aggregation-algorithm"`]: 'falls with the age of its values',
    [`${SCALING}target"`]:
      'has an instance for each request when its target is one, and each answers one',
    [`${SCALING}target-utilization-percentage"`]: 'aims at %s',
    [`${SCALING}target-burst-capacity"`]:
      'ends it with "request timeout" where the activator is not in the way',
    [`${SCALING}min-scale"`]: 'keeps its min-scale, and is never above its max-scale',
    [`${SCALING}max-scale"`]: 'keeps its min-scale, and is never above its max-scale',
    [`${SCALING}initial-scale"`]: 'it begins with its initial scale',
    [`${SCALING}activation-scale"`]: 'leaves zero with its activation-scale',
    [`${SCALING}scale-down-delay"`]:
      'keeps instances for the scale-down-delay, and the last one for its retention period',
    [`${SCALING}scale-to-zero-pod-retention-period"`]:
      'keeps instances for the scale-down-delay, and the last one for its retention period',
    [`${SCALING}window"`]: 'goes to zero when nothing comes, whatever it began with',
    [`${SCALING}panic-window-percentage"`]:
      'of a window of %s and %s %% has a panic window of %i ms',
    [`${SCALING}panic-threshold-percentage"`]: 'takes every annotation',
    'spec.traffic': 'takes traffic that goes to the latest revision alone',
  },
  KafkaSource: {
    'metadata.name': 'makes an event of a plain record: its own id, source, type, subject and time',
    'metadata.namespace': 'posts to its sink in binary mode, with Prefer: reply and its namespace',
    'metadata.labels."kafkasources.sources.knative.dev/key-type"':
      'reads the key type from its label, and takes other labels',
    'spec.topics':
      'reads all its topics, and finds its group again by the name it gives or by its own',
    'spec.consumerGroup':
      'reads all its topics, and finds its group again by the name it gives or by its own',
    'spec.consumers': 'without consumers delivers nothing, and keeps the place that it took',
    'spec.initialOffset':
      'begins at the oldest record with initialOffset earliest, after the newest with latest, which is the default',
    'spec.ordering':
      'has 50 to 99 records in flight when it is unordered, and commits none past one that is not done',
    'spec.delivery.retry':
      'tries ten times more, exponentially from 300 ms, when delivery is absent',
    'spec.delivery.backoffPolicy':
      'waits the delay, then twice and three times the delay, when it is linear',
    'spec.delivery.backoffDelay':
      'waits twice the delay before the first retry, then twice as long each time, when it is exponential',
    'spec.delivery.timeout':
      'tries again when an attempt is not answered within timeout, which is real time',
    'spec.delivery.deadLetterSink':
      'sends the event to the dead letter sink with the address, the code and the data of the failure',
    'spec.sink': SINKS,
    'spec.sink.ref.namespace': 'a sink in another namespace',
    'spec.delivery.deadLetterSink.ref.namespace': 'a sink in another namespace',
    'spec.ceOverrides': 'sets ceOverrides last, over what the record and Kafka say',
  },
  PingSource: {
    'metadata.name':
      'posts an event of its own type, path and namespace at every tick, each with an id of its own',
    'metadata.namespace':
      'posts an event of its own type, path and namespace at every tick, each with an id of its own',
    'spec.schedule': 'takes schedules of six fields, the first of which is the second',
    'spec.timezone': 'reads its schedule in its time zone',
    'spec.contentType': 'sends no content type when there is none, nor without data',
    'spec.data':
      'posts an event of its own type, path and namespace at every tick, each with an id of its own',
    'spec.dataBase64': 'sends dataBase64 as the bytes it stands for',
    'spec.sink': SINKS,
    'spec.sink.ref.namespace': 'a sink in another namespace',
    'spec.ceOverrides': 'sets ceOverrides on every event',
  },
  KafkaSink: {
    'metadata.name': 'answers 404 at a path that is no sink, and 405 to another method than POST',
    'metadata.namespace':
      'answers 404 at a path that is no sink, and 405 to another method than POST',
    'spec.topic': 'writes nothing of what it refuses',
    'spec.contentMode': 'writes records in structured mode when contentMode says so',
  },
  KafkaTopic: {
    'spec.topicName': 'two KafkaTopics of one topic',
    'spec.partitions': 'lets a topic grow and take new settings, and refuses to shrink it',
    'spec.config."retention.ms"': 'deletes what is older than its topic keeps, and moves the start',
    'spec.config."max.message.bytes"': 'answers 503 when an event cannot be written',
    'spec.config."cleanup.policy"': 'reads settings written as numbers and as text',
  },
  Kafka: {
    'metadata.name': 'a bootstrap server that is no Kafka of the folder',
    'metadata.namespace': 'a bootstrap server that is no Kafka of the folder',
    'spec.kafka.listeners': 'a bootstrap server with a port of no listener',
  },
  KafkaUser: {
    'metadata.name':
      'the Secret of a KafkaUser that brings no password, which a laptop leaves empty',
    'spec.authentication': 'may bring its own password',
  },
  MongoDBCommunity: {
    'metadata.name': 'names the connection Secret as the operator does',
    'metadata.namespace': 'names the connection Secret as the operator does',
    'spec.type': 'names the connection Secret as the operator does',
    'spec.users': 'names the connection Secret as the operator does',
    'spec.users[].passwordSecretRef': 'needs its passwords and the Secrets of TLS',
    'spec.users[].scramCredentialsSecretName': 'refuses two users with one SCRAM Secret',
  },
  ConfigMap: {
    metadata: 'holds the Secrets and ConfigMaps of the manifests, by kind and namespace',
    data: 'holds text by key',
  },
  Secret: {
    metadata: 'holds the Secrets and ConfigMaps of the manifests, by kind and namespace',
    data: 'holds base64 and text; text wins, as on a cluster',
    stringData: 'holds base64 and text; text wins, as on a cluster',
  },
  Credentials: {
    '[]': 'gives one manifest for each namespace, each Secret with how its keys come about',
  },
}

/** The name of the test that shows a field; undefined when none is named. */
export function caseOf(kind: string, path: string): string | undefined {
  return nearest(CASES[kind] ?? {}, path) ?? nearest(COMMON, path)
}

/** The case of the longest path that the path is, or is below. */
function nearest(cases: Cases, path: string): string | undefined {
  const [found] = Object.entries(cases)
    .filter(
      ([above]) =>
        path === above || (/^[.[]/.test(path.slice(above.length)) && path.startsWith(above)),
    )
    .toSorted(([one], [other]) => other.length - one.length)
  return found?.[1]
}
