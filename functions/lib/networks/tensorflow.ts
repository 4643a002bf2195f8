import { createRequire } from 'node:module'
import util from 'node:util'
import type * as tensorflow from '@tensorflow/tfjs'

import { describeError } from '../log.ts'
import type { Log } from '../ports/log.ts'

/** TensorFlow.js, whichever backend computes. */
export type Tensorflow = (typeof tensorflow)['default']

/** What computes: TensorFlow's own library, WebAssembly, or plain JavaScript. */
export type Backend = 'native' | 'wasm' | 'cpu'

/** Best first. */
const BACKENDS: readonly Backend[] = ['native', 'wasm', 'cpu']

/**
 * Loads TensorFlow.js on the first of the backends that works here, and logs which and what was wrong with those before
 * it. Rejects when none works. Its packages are loaded by this call and not before: only who fits a network pays.
 */
export async function loadTensorflow(
  log: Log,
  backends: readonly Backend[] = BACKENDS,
): Promise<Tensorflow> {
  const without: Partial<Record<Backend, string>> = {}
  for (const backend of backends) {
    try {
      const tf = await load(backend)
      log('info', `networks are fitted on the ${backend} backend`, { backend, without })
      return tf
    } catch (error) {
      without[backend] = describeError(error).split('\n')[0] ?? ''
    }
  }
  throw new Error(`no backend of TensorFlow.js works: ${JSON.stringify(without)}`)
}

async function load(backend: Backend): Promise<Tensorflow> {
  if (backend === 'native') loadNative()
  const { default: tf } = await import('@tensorflow/tfjs')
  if (backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm')
  // Else it prints advice and warnings of its own, which are no lines of our log.
  tf.enableProdMode()
  if (!(await tf.setBackend(REGISTERED[backend]))) throw new Error('it cannot be started')
  await tf.ready()
  return tf
}

const REGISTERED: Record<Backend, string> = { native: 'tensorflow', wasm: 'wasm', cpu: 'cpu' }

/** Registers TensorFlow's own library as a backend. An optional package, for its library may not be to be had. */
function loadNative(): void {
  // It calls a function that Node 23 took out.
  if (!('isNullOrUndefined' in util)) {
    Reflect.set(
      util,
      'isNullOrUndefined',
      (value: unknown) => value === null || value === undefined,
    )
  }
  createRequire(import.meta.url)('@tensorflow/tfjs-node')
}
