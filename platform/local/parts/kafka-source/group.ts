import { createHash } from 'node:crypto'

import type { Broker } from '../../broker/broker.ts'
import type { Facts } from '../../facts.ts'
import type { KafkaSourceManifest } from '../../manifests/inventory.ts'

type Grouped = Pick<
  KafkaSourceManifest,
  'namespace' | 'name' | 'consumerGroup' | 'topics' | 'file' | 'line'
>

/**
 * The consumer group of a source: its own, or `knative-kafka-source-<uid>`. The operator's uid is random; here it is
 * made from namespace and name, so that the group is found again after a restart.
 */
export function groupOf({
  namespace,
  name,
  consumerGroup,
}: Pick<Grouped, 'namespace' | 'name' | 'consumerGroup'>): string {
  if (consumerGroup !== undefined) return consumerGroup
  const digits = createHash('sha256').update(`${namespace}/${name}`).digest('hex')
  const uid = [8, 12, 16, 20].map((end, index) => digits.slice(index === 0 ? 0 : end - 4, end))
  return `knative-kafka-source-${[...uid, digits.slice(20, 32)].join('-')}`
}

/**
 * Throws when two sources read one topic as one group. Kafka would give each of them some of the partitions, so that
 * every record reaches one of the two sinks; the local platform does not share partitions between sources.
 */
export function refuseSharedGroups(sources: readonly Grouped[]): void {
  const readers = new Map<string, Grouped>()
  for (const source of sources) {
    for (const topic of new Set(source.topics)) {
      const key = JSON.stringify([groupOf(source), topic])
      const other = readers.get(key)
      if (other !== undefined) {
        throw new Error(
          `${source.file}:${source.line}: KafkaSource ${source.name} reads topic "${topic}" in the consumer group ` +
            `"${groupOf(source)}", as KafkaSource ${other.name} does (${other.file}:${other.line}): each record would ` +
            'reach only one of them; give each source a consumerGroup of its own',
        )
      }
      readers.set(key, source)
    }
  }
}

/**
 * Deletes the consumer groups of sources that are gone, as the operator does with a KafkaSource: one that comes back
 * begins anew at its `initialOffset`. `sources` are all that the folder declares, also those that do not run now.
 */
export async function retireGroups(
  sources: readonly Grouped[],
  broker: Pick<Broker, 'retireGroups'>,
  facts: Facts,
): Promise<void> {
  for (const group of await broker.retireGroups(sources.map(groupOf))) {
    facts('info', 'platform', `deleted the consumer group "${group}": no KafkaSource has it`, {
      group,
    })
  }
}
