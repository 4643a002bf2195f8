import type { estypes } from '@elastic/elasticsearch'

import type { Definition } from './ensure.ts'
import { LIFECYCLE } from './names.ts'

/**
 * An index a day, deleted three days after the next one began: no document is deleted before it is three days old, and
 * none is there after four. The seed deleted indices of more than three days.
 */
const phases: estypes.IlmPhases = {
  hot: { actions: { rollover: { max_age: '1d', max_primary_shard_size: '10gb' } } },
  delete: { min_age: '3d', actions: { delete: {} } },
}

export const lifecycle: Definition = {
  what: `lifecycle policy ${LIFECYCLE}`,
  body: phases,
  withoutIt: 'documents are kept until somebody deletes them',
  async meta(client) {
    const policies = await client.ilm.getLifecycle({ name: LIFECYCLE })
    return policies[LIFECYCLE]?.policy['_meta']
  },
  put: (client, mark) =>
    client.ilm.putLifecycle({ name: LIFECYCLE, policy: { phases, _meta: mark } }),
}
