import type { Entry } from '../manifests/entry.ts'
import type { Problem } from '../manifests/problems.ts'
import { groupOf } from '../parts/kafka-source/group.ts'
import type { Written } from './written.ts'
import { problemAt, writtenAs } from './written.ts'

/**
 * Consumer groups that two KafkaSources name. On one topic each record reaches one of them alone; on any topics the
 * one that is deleted takes the other's offsets with it.
 */
export function faultsOfGroups(entries: readonly Entry[]): Problem[] {
  const first = new Map<string, Written<'KafkaSource'>>()
  return writtenAs(entries, 'KafkaSource').flatMap((source) => {
    const group = groupOf(source.manifest)
    const other = first.get(group)
    if (other === undefined) {
      first.set(group, source)
      return []
    }
    const { name, topics, file, line } = other.manifest
    const shared = source.manifest.topics.filter((topic) => topics.includes(topic))
    const harm =
      shared.length > 0
        ? `each record of "${shared.join('", "')}" reaches only one of them`
        : 'deleting one of them deletes the offsets of both'
    const message = `spec.consumerGroup is "${group}", as of KafkaSource ${name} (${file}:${line}): ${harm}; give each source a group of its own`
    return [problemAt(source, ['spec', 'consumerGroup'], message)]
  })
}
