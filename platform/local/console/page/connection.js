import { parsed } from './parsed.js'

/**
 * @import {PictureChange} from '../picture.ts'
 *
 * @typedef {object} Listener
 * @property {(change: PictureChange) => void} onPicture
 * @property {(detail: string) => void} onProblem The platform cannot say how things are now.
 * @property {() => void} onLost
 */

const RECONNECT_MS = 2_000

/**
 * Listens to the platform for good: a lost connection is made again, and then begins with everything.
 *
 * @param {Listener} listener
 */
export function connect(listener) {
  const events = new EventSource('/api/stream')
  events.addEventListener('picture', ({ data }) => {
    listener.onPicture(parsed(data))
  })
  events.addEventListener('problem', ({ data }) => {
    /** @type {{ detail: string }} */
    const { detail } = parsed(data)
    listener.onProblem(detail)
  })
  events.addEventListener('error', () => {
    listener.onLost()
    // The browser connects again by itself, except after an answer that was no stream.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => connect(listener), RECONNECT_MS)
  })
}
