/** What evaluate has decided about the models of a series: the part of its state document that predict reads. */
export interface ServingPointers {
  /** The newest row whose scores it has counted; null: none. */
  through: string | null
  /** The model that is the series' champion; null: none was chosen, so the one declared first is. */
  champion: string | null
  /** By model, the versions that are not served. */
  refused: Record<string, number[]>
  /** By model, the version that is served whatever is registered, until somebody says otherwise. */
  pinned: Record<string, number>
  /** By model, half the width of the interval around its next prediction, at `level`. */
  margins: Record<string, number>
  level: number
}

/** The id of a series' evaluation document, which evaluate owns. */
export function evaluationId(series: string): string {
  return `evaluation:${series}`
}

/** The pointers of a series that nothing was decided about. */
export function newServingPointers(): ServingPointers {
  return { through: null, champion: null, refused: {}, pinned: {}, margins: {}, level: 0.9 }
}

/** Reads the pointers in an evaluation document, where they are `serving`. Throws an Error when they are damaged. */
export function parseServingPointers(document: unknown): ServingPointers {
  const serving: unknown =
    typeof document === 'object' && document !== null ? Reflect.get(document, 'serving') : undefined
  if (isServingPointers(serving)) return serving
  throw new Error('the stored evaluation has no pointers')
}

/** The versions of a name that may be served, the one to be tried first first; `newestFirst` are all of the name. */
export function servedVersions<V extends { readonly name: string; readonly version: number }>(
  newestFirst: readonly V[],
  { refused, pinned }: Pick<ServingPointers, 'refused' | 'pinned'>,
): V[] {
  return newestFirst.filter(({ name, version }) => {
    const pin = Object.hasOwn(pinned, name) ? pinned[name] : undefined
    if (pin !== undefined) return version <= pin && !isIn(refused, name, version)
    return !isIn(refused, name, version)
  })
}

function isIn(refused: Record<string, number[]>, name: string, version: number): boolean {
  return Object.hasOwn(refused, name) && (refused[name]?.includes(version) ?? false)
}

function isServingPointers(value: unknown): value is ServingPointers {
  if (typeof value !== 'object' || value === null) return false
  if (!('through' in value && 'champion' in value && 'level' in value)) return false
  const { through, champion, level } = value
  return (
    (through === null || typeof through === 'string') &&
    (champion === null || typeof champion === 'string') &&
    Number.isFinite(level) &&
    isRecordOf(
      Reflect.get(value, 'refused'),
      (list) => Array.isArray(list) && list.every(Number.isSafeInteger),
    ) &&
    isRecordOf(Reflect.get(value, 'pinned'), Number.isSafeInteger) &&
    isRecordOf(Reflect.get(value, 'margins'), Number.isFinite)
  )
}

function isRecordOf(value: unknown, isEntry: (entry: unknown) => boolean): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every(isEntry)
}
