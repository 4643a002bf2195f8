import { RetryableError } from '../lib/errors.ts'
import { parseModel } from '../lib/models/model-body.ts'
import type { Model } from '../lib/models/model-body.ts'
import type { Log } from '../lib/ports/log.ts'
import type { ModelVersion, Models } from '../lib/ports/models.ts'

/** The versions that can be served, and their bodies, which are immutable and therefore cached. */
export interface Serving {
  /** The versions of a name, newest first: read from the registry each time. */
  versions(name: string): Promise<ModelVersion[]>
  /** A version's model, or undefined when what is stored cannot be used, which is logged once. */
  body(version: ModelVersion): Promise<Model | undefined>
}

/** More than the registry keeps of a name. */
const MAX_VERSIONS = 200
const MAX_BODIES = 500

/** One cache of model bodies for the stream and the web; the least recently used leave it. */
export function startServing(models: Models, log: Log): Serving {
  const bodies = new Map<string, Model | undefined>()
  return {
    versions: (name) => models.list({ name, limit: MAX_VERSIONS }),
    async body(version) {
      const { id } = version
      const model = bodies.has(id) ? bodies.get(id) : await load(version)
      bodies.delete(id)
      bodies.set(id, model)
      const oldest = bodies.keys().next()
      if (bodies.size > MAX_BODIES && !oldest.done) bodies.delete(oldest.value)
      return model
    },
  }

  async function load({ name, version }: ModelVersion): Promise<Model | undefined> {
    try {
      const body = await models.load(name, version)
      if (body === undefined) throw new Error('it is no longer kept')
      return parseModel(body)
    } catch (error) {
      if (error instanceof RetryableError) throw error
      const why = error instanceof Error ? error.message : String(error)
      log('error', 'version not served', { model: name, version, error: why })
      return undefined
    }
  }
}
