import type { estypes } from '@elastic/elasticsearch'

import type { Definition } from './ensure.ts'
import { common, rows, scores } from './mappings.ts'
import { COMPONENTS, LIFECYCLE, SCORES_PIPELINE, TEMPLATES } from './names.ts'

/** Above the templates that Elasticsearch (100) and its agents (200) have for `metrics-*-*`. */
const PRIORITY = 500

/** Names that have no field here are kept, and not searchable. */
const dynamic = false

/** The parts that index templates are made of. */
export const components: readonly Definition[] = [
  component(COMPONENTS.common, {
    settings: {
      number_of_shards: 1,
      // A copy as soon as there is a second node for it.
      auto_expand_replicas: '0-1',
      refresh_interval: '5s',
    },
    mappings: { dynamic, properties: common },
  }),
  component(COMPONENTS.rows, { mappings: { properties: rows } }),
  component(COMPONENTS.scores, {
    settings: { default_pipeline: SCORES_PIPELINE },
    mappings: { properties: scores },
  }),
]

/** Stands apart: a build without lifecycles refuses its setting, and templates do without it. */
export const lifecycleComponent = component(COMPONENTS.lifecycle, {
  settings: { lifecycle: { name: LIFECYCLE } },
})

/** What a new index of each stream gets. */
export const templates: readonly Definition[] = [
  template(TEMPLATES.rows, 'metrics-nowcast.rows-*', COMPONENTS.rows),
  template(TEMPLATES.scores, 'metrics-nowcast.scores-*', COMPONENTS.scores),
]

function component(name: string, body: estypes.IndicesIndexState): Definition {
  return {
    what: `component template ${name}`,
    body,
    async meta(client) {
      const found = await client.cluster.getComponentTemplate({ name })
      return found.component_templates[0]?.component_template['_meta']
    },
    put: (client, mark) =>
      client.cluster.putComponentTemplate({ name, template: body, _meta: mark }),
  }
}

function template(name: string, pattern: string, own: string): Definition {
  const body = {
    index_patterns: [pattern],
    data_stream: {},
    priority: PRIORITY,
    composed_of: [COMPONENTS.common, own, COMPONENTS.lifecycle],
    ignore_missing_component_templates: [COMPONENTS.lifecycle],
  }
  return {
    what: `index template ${name}`,
    body,
    async meta(client) {
      const found = await client.indices.getIndexTemplate({ name })
      return found.index_templates[0]?.index_template['_meta']
    },
    put: (client, mark) => client.indices.putIndexTemplate({ name, ...body, _meta: mark }),
  }
}
