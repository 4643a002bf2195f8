import { z } from 'zod'

import type { Kubernetes } from './kubernetes.ts'
import type { KubernetesObject } from './objects.ts'
import type { Shell } from './shell.ts'

/** How many records a consumer group has not finished. */
export interface Lag {
  readonly group: string
  readonly topic: string
  readonly lag: number
}

const kafka = z.looseObject({
  status: z.looseObject({
    listeners: z
      .array(
        z.looseObject({
          bootstrapServers: z.string(),
          certificates: z.array(z.string()).min(1),
        }),
      )
      .min(1),
  }),
})
const user = z.looseObject({
  spec: z.looseObject({
    authorization: z
      .looseObject({
        acls: z.array(
          z.looseObject({
            resource: z.looseObject({ type: z.string(), name: z.string().optional() }),
          }),
        ),
      })
      .optional(),
  }),
  status: z.looseObject({ secret: z.string() }).optional(),
})

/**
 * Each group's lag, asked by Kafka's own tool in a broker's pod, as the user who may read the group: nobody may read
 * all of them. Throws when a group cannot be asked for.
 */
export async function lagsOf(shell: Shell, cluster: Kubernetes, namespace: string): Promise<Lag[]> {
  const [first] = await cluster.list('kafkas.kafka.strimzi.io', namespace)
  const running = kafka.safeParse(first)
  const pods = await cluster.list('pods', namespace)
  const broker = pods.find(({ metadata }) => metadata.labels?.['strimzi.io/broker-role'] === 'true')
  if (!running.success || broker === undefined) return []
  const [listener] = running.data.status.listeners
  if (listener === undefined) return []
  const users = await cluster.list('kafkausers.kafka.strimzi.io', namespace)
  const asked = await Promise.all(
    users.map(async (each) => {
      const groups = groupsOf(each).flatMap((group) => ['--group', group])
      if (groups.length === 0) return []
      const login = await loginOf(cluster, each, namespace, listener.certificates)
      const { stdout } = await shell.attempt(
        login,
      )`kubectl --context ${cluster.context} exec --stdin --namespace ${namespace} ${broker.metadata.name} --container kafka -- /opt/kafka/bin/kafka-consumer-groups.sh --bootstrap-server ${listener.bootstrapServers} --command-config /dev/stdin --describe ${groups}`
      return parseLags(stdout)
    }),
  )
  return asked.flat()
}

function groupsOf(each: KubernetesObject): string[] {
  const parsed = user.safeParse(each)
  const acls = parsed.success ? (parsed.data.spec.authorization?.acls ?? []) : []
  const groups = acls.flatMap(({ resource: { type, name } }) =>
    type === 'group' && name !== undefined ? [name] : [],
  )
  return [...new Set(groups)]
}

/** A client's properties, for a pipe: they hold the password. */
async function loginOf(
  cluster: Kubernetes,
  each: KubernetesObject,
  namespace: string,
  certificates: readonly string[],
): Promise<string> {
  const name = user.parse(each).status?.secret ?? each.metadata.name
  const secret = await cluster.get('secret', name, namespace)
  const data = z
    .looseObject({ data: z.record(z.string(), z.string()).default({}) })
    .parse(secret ?? {}).data
  const login = Buffer.from(data['sasl.jaas.config'] ?? '', 'base64').toString()
  return [
    'security.protocol=SASL_SSL',
    'sasl.mechanism=SCRAM-SHA-512',
    `sasl.jaas.config=${login}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.certificates=${certificates.join('').replaceAll('\n', '\\n')}`,
    '',
  ].join('\n')
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
