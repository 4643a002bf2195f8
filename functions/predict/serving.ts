import { RetryableError } from '../lib/errors.ts'
import { liveModelId, parseLiveModel } from '../lib/models/live-model.ts'
import type { LiveModel } from '../lib/models/live-model.ts'
import { parseModel } from '../lib/models/model-body.ts'
import type { Model } from '../lib/models/model-body.ts'
import {
  evaluationId,
  newServingPointers,
  parseServingPointers,
} from '../lib/models/serving-pointers.ts'
import type { ServingPointers } from '../lib/models/serving-pointers.ts'
import type { Log } from '../lib/ports/log.ts'
import type { ModelVersion, Models } from '../lib/ports/models.ts'
import type { States } from '../lib/ports/states.ts'
import { livePredictor, versionPredictor } from './predict.ts'
import type { Predictor } from './predict.ts'

/** What can predict: versions, live states, and what was decided about them. Only bodies are cached: they never change. */
export interface Serving {
  /** The versions of a name, newest first: read from the registry each time. */
  versions(name: string): Promise<ModelVersion[]>
  /** The first of these versions whose model can be used; each that cannot is logged once. */
  firstUsable(versions: readonly ModelVersion[]): Promise<Predictor | undefined>
  /** A series' pointers, read each time. When they are damaged it is as if nothing had been decided, which is logged once. */
  pointers(series: string): Promise<ServingPointers>
  /** An online model's live state, read each time; undefined when it is damaged, which is logged once. */
  live(name: string): Promise<Predictor | undefined>
}

/** More than the registry keeps of a name. */
const MAX_VERSIONS = 200
const MAX_BODIES = 500

const NOTHING_LEARNT: LiveModel = { learntThrough: null, version: null, learner: null }

/** One cache of model bodies for the stream and the web; the least recently used leave it. */
export function startServing(
  { models, states }: { models: Models; states: States },
  log: Log,
): Serving {
  const bodies = new Map<string, Model | undefined>()
  const damaged = new Set<string>()
  return {
    versions: (name) => models.list({ name, limit: MAX_VERSIONS }),
    async firstUsable(versions) {
      for (const version of versions) {
        const model = await body(version)
        if (model !== undefined) return versionPredictor(version, model)
      }
      return undefined
    },
    async pointers(series) {
      const id = evaluationId(series)
      const state = await states.get(id)
      if (state === undefined) return newServingPointers()
      const way = 'predictions go on without intervals, and by the models declared first'
      return readable(id, () => parseServingPointers(state.document), way) ?? newServingPointers()
    },
    async live(name) {
      const id = liveModelId(name)
      const state = await states.get(id)
      if (state === undefined) return livePredictor(NOTHING_LEARNT, 0)
      const way = 'only the versions made of it can predict'
      const live = readable(id, () => parseLiveModel(state.document), way)
      return live && livePredictor(live, state.revision)
    },
  }

  async function body(version: ModelVersion): Promise<Model | undefined> {
    const { id } = version
    const model = bodies.has(id) ? bodies.get(id) : await load(version)
    bodies.delete(id)
    bodies.set(id, model)
    const oldest = bodies.keys().next()
    if (bodies.size > MAX_BODIES && !oldest.done) bodies.delete(oldest.value)
    return model
  }

  async function load({ name, version }: ModelVersion): Promise<Model | undefined> {
    try {
      const stored = await models.load(name, version)
      if (stored === undefined) throw new Error('it is no longer kept')
      return parseModel(stored)
    } catch (error) {
      if (error instanceof RetryableError) throw error
      log('error', 'version not served', { model: name, version, error: messageOf(error) })
      return undefined
    }
  }

  /** Every event reads the document again, so its damage is said once, and once more if it comes back. */
  function readable<T>(document: string, parse: () => T, consequence: string): T | undefined {
    try {
      const value = parse()
      damaged.delete(document)
      return value
    } catch (error) {
      if (!damaged.has(document)) {
        damaged.add(document)
        log('error', 'state not read', { document, error: messageOf(error), consequence })
      }
      return undefined
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
