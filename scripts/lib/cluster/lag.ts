import { CommandFailure } from '../failure.ts'
import type { Kubernetes } from './kubernetes.ts'
import type { Shell } from './shell.ts'

/** How many records a consumer group has not finished. */
export interface Lag {
  readonly group: string
  readonly topic: string
  readonly lag: number
}

/**
 * Kafka's own tool in a broker's pod, with the certificate by which brokers know one another: no user may read every
 * group, and no policy lets others in. The settings are those of the brokers' listener, as Strimzi 1.2 writes them.
 */
const SCRIPT = `
set -eu
settings() {
  echo security.protocol=SSL
  grep '^config\\.providers' /tmp/strimzi.properties
  sed -nE 's/^listener\\.name\\.replication-9091\\.(ssl\\.(key|trust)store\\.)/\\1/p' /tmp/strimzi.properties
}
export LOG_DIR=/tmp KAFKA_HEAP_OPTS=-Xmx128m
settings | /opt/kafka/bin/kafka-consumer-groups.sh --bootstrap-server "$(hostname -f):9091" \\
  --command-config /dev/stdin --describe --all-groups
`

/** Each group's lag; none where no broker runs. Throws when a broker cannot say. */
export async function lagsOf(shell: Shell, cluster: Kubernetes, namespace: string): Promise<Lag[]> {
  const pods = await cluster.list('pods', namespace)
  const broker = pods.find(({ metadata }) => metadata.labels?.['strimzi.io/broker-role'] === 'true')
  if (broker === undefined) return []
  const { name } = broker.metadata
  const { code, stdout, stderr } =
    await shell.attempt()`kubectl --context ${cluster.context} exec --namespace ${namespace} ${name} --container kafka -- bash -c ${SCRIPT}`
  if (code === 0) return parseLags(stdout)
  throw new CommandFailure(`${name} does not say: ${stderr.trim().split('\n').at(-1) ?? ''}`)
}

/** Adds up the partitions in the tool's table: GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG … */
export function parseLags(text: string): Lag[] {
  const sums = new Map<string, Lag>()
  for (const line of text.split('\n')) {
    const [group = '', topic = '', partition = '', , , lag = ''] = line.trim().split(/\s+/)
    if (!/^\d+$/.test(partition) || !/^\d+$/.test(lag)) continue
    const before = sums.get(`${group} ${topic}`)?.lag ?? 0
    sums.set(`${group} ${topic}`, { group, topic, lag: before + Number(lag) })
  }
  return [...sums.values()]
}
