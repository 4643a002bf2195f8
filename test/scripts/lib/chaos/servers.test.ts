import { expect, it } from '@jest/globals'

import { readManifests } from '../../../../platform/local/manifests/read.ts'
import { GROUPS, TOPICS } from '../../../../scripts/lib/chaos/servers.ts'

it('empties servers of every topic and every consumer group of the manifests', async () => {
  const { manifests } = await readManifests(process.cwd())
  const topics = manifests.flatMap((one) => (one.kind === 'KafkaTopic' ? [one.topic] : []))
  const groups = manifests.flatMap((one) => (one.kind === 'KafkaSource' ? [one.consumerGroup] : []))
  expect([...TOPICS].toSorted()).toEqual(topics.toSorted())
  expect([...GROUPS].toSorted()).toEqual(groups.toSorted())
})
