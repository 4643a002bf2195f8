import { newServingPointers, servedVersions } from '../lib/models/serving-pointers.ts'
import type { ServingPointers } from '../lib/models/serving-pointers.ts'
import { isBatch } from '../lib/ports/declared-models.ts'
import type { DeclaredModel } from '../lib/ports/declared-models.ts'
import type { ModelVersion } from '../lib/ports/models.ts'
import { championOf, isPinned, marginOf } from './predict.ts'
import type { Margin, Predictor } from './predict.ts'
import type { Serving } from './serving.ts'

/** How a request names what is to predict. */
export interface Wanted {
  /** A model, or `champion`: the champion of `series`. */
  name: string
  /** A number, `latest` (the newest one registered) or `champion` (the one that is served now). */
  version: string
  series: string
}

/** What a request has named. */
export interface AskedModel {
  kind: 'found'
  model: string
  predictor: Predictor
  algorithm: string
  /** In the order of the model. */
  features: readonly string[]
  missing: 'zero' | 'refuse'
  /** Of the interval, which is measured of what is served: undefined of anything else, or when there is none yet. */
  margin: Margin | undefined
  /** All registered, newest first. */
  versions: readonly ModelVersion[]
}

/** Why a request named nothing that can predict; `mayCome` says that it is declared, and only has to be trained. */
interface NothingFound {
  kind: 'nothing'
  model: string
  mayCome: boolean
  why: string
}

interface Needs {
  declared: readonly DeclaredModel[]
  serving: Serving
}

/**
 * Finds what a request asks for. Under the name `champion` the version `latest` is the one served: who asks for the
 * champion wants none that was refused.
 */
export async function findAskedModel(
  { declared, serving }: Needs,
  wanted: Wanted,
): Promise<AskedModel | NothingFound> {
  const isAlias = wanted.name === 'champion'
  const named = declared.find(({ name }) => name === wanted.name)
  const pointers = await pointersOf({ declared, serving }, isAlias ? wanted.series : named?.series)
  const model = isAlias ? championOf(declared, wanted.series, pointers) : wanted.name
  if (model === undefined) {
    const why = `no model is declared for series "${wanted.series}"; GET /models lists the versions of all`
    return { kind: 'nothing', model: wanted.name, mayCome: false, why }
  }
  const declaration = declared.find(({ name }) => name === model)
  const versions = await serving.versions(model)
  const served = servedVersions(versions, pointers)
  const isLive = declaration !== undefined && !isBatch(declaration) && !isPinned(pointers, model)
  const word = isAlias && wanted.version === 'latest' ? 'champion' : wanted.version
  const predictor = await find(model)
  if (predictor?.learnt) {
    const { algorithm, features } = predictor.learnt
    const isServed = isLive
      ? predictor.stateRevision !== undefined
      : predictor.version === served[0]?.version
    const margin = isServed ? marginOf(pointers, model) : undefined
    const missing = declaration?.missing ?? 'refuse'
    return { kind: 'found', model, predictor, algorithm, features, missing, margin, versions }
  }
  const mayCome = declaration !== undefined && (word === 'champion' || word === 'latest')
  return { kind: 'nothing', model, mayCome, why: whyNothing(model, word, versions) }

  async function find(name: string): Promise<Predictor | undefined> {
    if (word === 'latest') return serving.firstUsable(versions.slice(0, 1))
    if (word === 'champion') {
      const live = isLive ? await serving.live(name) : undefined
      return live?.learnt ? live : serving.firstUsable(served)
    }
    const number = /^\d{1,15}$/.test(word) ? Number(word) : undefined
    return serving.firstUsable(versions.filter(({ version }) => version === number))
  }
}

function whyNothing(model: string, word: string, [newest]: readonly ModelVersion[]): string {
  if (newest === undefined) return `model "${model}" has no version; GET /models lists all`
  if (word === 'champion') {
    return `model "${model}" serves none of its versions; ask for latest or a number up to ${newest.version}`
  }
  return `model "${model}" has no version "${word}"; ask for latest, champion or a number up to ${newest.version}`
}

/** Nothing is decided about a series without models, and nobody's series is asked for. */
async function pointersOf(
  { declared, serving }: Needs,
  series: string | undefined,
): Promise<ServingPointers> {
  const isDeclared = series !== undefined && declared.some((model) => model.series === series)
  return isDeclared ? serving.pointers(series) : newServingPointers()
}
