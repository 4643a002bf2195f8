import type { estypes } from '@elastic/elasticsearch'

import type { Definition } from './ensure.ts'
import { SCORES_PIPELINE } from './names.ts'

/**
 * What Kibana averages and groups by, but Logstash has no filter for: the square of an error, whose average is not the
 * square of the average, and the model with its version in one word.
 */
const processors: estypes.IngestProcessorContainer[] = [
  {
    script: {
      if: 'ctx.error instanceof Number',
      source: 'ctx.squared_error = ctx.error * ctx.error',
    },
  },
  {
    script: {
      if: 'ctx.model != null && ctx.version != null',
      source: "ctx.model_version = ctx.model + ' v' + ctx.version",
    },
  },
]

export const scoresPipeline: Definition = {
  what: `ingest pipeline ${SCORES_PIPELINE}`,
  body: processors,
  async meta(client) {
    const pipelines = await client.ingest.getPipeline({ id: SCORES_PIPELINE })
    return pipelines[SCORES_PIPELINE]?.['_meta']
  },
  put: (client, mark) =>
    client.ingest.putPipeline({ id: SCORES_PIPELINE, processors, _meta: mark }),
}
