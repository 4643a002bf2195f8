import type { Client } from '@elastic/elasticsearch'

import { isAbsent, isMissing, refusal } from './elasticsearch.ts'
import { STREAMS } from './names.ts'
import type { Report } from './report.ts'

/**
 * Makes the data streams, so that Kibana knows their fields before the first document. Where a template has just been
 * written, a stream that is there rolls over with its next document: an index keeps the mapping it began with.
 */
export async function ensureStreams(
  client: Client,
  report: Report,
  templatesWritten: boolean,
): Promise<void> {
  for (const name of Object.values(STREAMS)) {
    const what = `data stream ${name}`
    try {
      if (!(await exists(client, name))) {
        await client.indices.createDataStream({ name })
        report.note(what, 'made')
      } else if (templatesWritten) {
        await client.indices.rollover({ alias: name, lazy: true })
        report.note(what, 'changed', 'its next document begins a new index')
      } else {
        report.note(what, 'already so')
      }
    } catch (error) {
      if (!isMissing(error)) throw refusal(what, error)
      report.note(
        what,
        'left out',
        'this Elasticsearch has no such API: the first document makes it',
      )
    }
  }
}

async function exists(client: Client, name: string): Promise<boolean> {
  try {
    const { data_streams: streams } = await client.indices.getDataStream({ name })
    return streams.length > 0
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}
