/** A trained model as it is kept: plain JSON, checked by its hash when it is loaded. */
export interface NewModel {
  name: string
  /** What caused the training, e.g. `tick:2026-01-01T00:01:00.000Z`: the same trigger never makes a second version. */
  trigger: string
  description: string
  /** The seed system's in-sample R². It describes; it never decides. */
  score: number
  /** The timestamp of the newest row the model has learnt. */
  trainedThrough: string
  /** The model itself: JSON. */
  body: string
}

/** What is known of a version without loading it. */
export interface ModelVersion {
  name: string
  version: number
  trigger: string
  description: string
  score: number
  trainedThrough: string
  /** Bytes of the body. */
  length: number
  /** 24 hexadecimal digits. */
  id: string
  /** ISO 8601, UTC; from the store's clock. */
  uploadedAt: string
}

/**
 * The model registry. Versions of a name are consecutive from 0, also when several register at once, and immutable.
 *
 * `register` is durable when it resolves, and answers the version that its trigger made, now or before. The newest 100
 * versions of a name are kept, and those of `served` that are older. Rejects with a `RetryableError` when the store cannot be reached or written.
 */
export interface Models {
  register(model: NewModel, served?: readonly number[]): Promise<ModelVersion>
  /** Newest version first; of one name, or of all names (by name), at most `limit`. */
  list(options: { name?: string; limit: number }): Promise<ModelVersion[]>
  /** The body of a version, or undefined if there is none. An `Error` when its contents do not match their hash. */
  load(name: string, version: number): Promise<string | undefined>
}
