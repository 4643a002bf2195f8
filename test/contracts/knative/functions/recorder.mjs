// Keeps every request and answers it as it was told to, by path: `/<case>`. It is told in REPLIES, `{ <case>: [reply] }`, one for
// each request to come, the last one for all that follow; and told and asked at `/control/<case>`:
//   PUT     other replies
//   GET     { requests, inFlight, mostInFlight }
//   DELETE  lets go of the requests that a reply `hold` keeps
import { createServer } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** @typedef {{ status?: number, headers?: Record<string, string>, body?: string, hold?: boolean, cut?: boolean }} Reply */
/** @typedef {{ method: string | undefined, headers: Record<string, unknown>, bytes: string, at: number }} Kept */
/** @typedef {{ requests: Kept[], replies: Reply[], inFlight: number, mostInFlight: number, release: () => void, released: Promise<void> }} Case */

/** @type {(text: string) => Reply[]} */
const parseReplies = JSON.parse
/** @type {(text: string) => Record<string, Reply[]>} */
const parseAllReplies = JSON.parse
const told = parseAllReplies(process.env['REPLIES'] ?? '{}')

/** @type {Map<string, Case>} */
const cases = new Map()

/** @param {string} name @returns {Case} */
function caseOf(name) {
  const known = cases.get(name)
  if (known !== undefined) return known
  /** @type {PromiseWithResolvers<void>} */
  const { promise, resolve } = Promise.withResolvers()
  /** @type {Case} */
  const made = {
    requests: [],
    replies: told[name] ?? [],
    inFlight: 0,
    mostInFlight: 0,
    release: () => resolve(),
    released: promise,
  }
  cases.set(name, made)
  return made
}

const server = createServer((request, response) => {
  void buffer(request).then((body) => answer(request, response, body))
})

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Buffer} body
 */
async function answer(request, response, body) {
  const [, first = '', name = ''] = (request.url ?? '').split('/')
  if (first === 'control') return control(request.method, caseOf(name), body, response)
  const one = caseOf(first)
  one.mostInFlight = Math.max(one.mostInFlight, ++one.inFlight)
  response.once('close', () => one.inFlight--)
  const { method, headers } = request
  one.requests.push({ method, headers, bytes: body.toString('base64'), at: Date.now() })
  const reply = (one.replies.length > 1 ? one.replies.shift() : one.replies[0]) ?? { status: 204 }
  if (reply.hold === true) await one.released
  if (reply.cut === true) return request.socket.destroy()
  response.writeHead(reply.status ?? 204, reply.headers).end(reply.body)
}

/**
 * @param {string | undefined} method
 * @param {Case} one
 * @param {Buffer} body
 * @param {import('node:http').ServerResponse} response
 */
function control(method, one, body, response) {
  if (method === 'PUT') one.replies = parseReplies(body.toString())
  if (method === 'DELETE') one.release()
  const { requests, inFlight, mostInFlight } = one
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ requests, inFlight, mostInFlight }))
}

server.listen(process.env['PORT'])
process.on('SIGTERM', () => server.close(() => process.exit(0)))
