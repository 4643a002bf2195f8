import { integerIn } from './columns.ts'
import type { Statements } from './statements.ts'
import type { PartitionState, TopicState } from './topic-table.ts'

/** Rows freed per partition and call: a long backlog of them goes in several calls, none of which takes long. */
const MAX_DELETED = 10_000

/**
 * Stores a partition's new start, past the records before `cutoff` (virtual milliseconds), frees their rows and answers
 * that start. At most 10,000 rows are freed in a call, the rest in later ones; no reader goes before the start.
 */
export function expirePartition(
  sql: Statements,
  topic: TopicState,
  partition: number,
  state: PartitionState,
  cutoff: number,
): number {
  const first = firstSince(sql, topic.id, partition, state, cutoff)
  if (first > state.first) {
    sql.putPartition.run(topic.id, partition, first, state.next, state.newest)
  }
  const oldest = sql.oldest.get(topic.id, partition)
  if (oldest === undefined) return first
  const deletable = Math.min(first, integerIn(oldest, 'record_offset') + MAX_DELETED)
  if (deletable > integerIn(oldest, 'record_offset')) {
    sql.deleteRecords.run(topic.id, partition, deletable)
  }
  return first
}

/** The offset of the first record that is not older than the cutoff: timestamps only grow, so halving finds it. */
function firstSince(
  sql: Statements,
  topic: number,
  partition: number,
  { first, next }: PartitionState,
  cutoff: number,
): number {
  let low = first
  let high = next
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const row = sql.timestamp.get(topic, partition, middle)
    if (row === undefined || integerIn(row, 'timestamp') < cutoff) low = middle + 1
    else high = middle
  }
  return low
}
