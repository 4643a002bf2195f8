// Does what a path asks for; a query is nobody's.
//   /env             its environment         /instance        a text that no other process has
//   /sleep/<ms>      answers after a while   /begin/<ms>      begins its answer at once, ends it after a while
//   /peak            the most requests it ever had at once, this one left out
//   /status/<code>   that status             /echo            the request: method, headers, body
//   /break           from now on /ready and /alive answer 500
// BOOT_MS: how long it takes until it listens. READY_MS: how long after that /ready says so.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { text } from 'node:stream/consumers'

const instance = randomUUID()
let now = 0
let peak = 0
let isBroken = false
let readyAt = 0

const server = createServer((request, response) => {
  void answer(request, response)
})

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function answer(request, response) {
  const [, verb = '', value = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? []
  /** @param {unknown} said */
  const say = (said) => response.end(JSON.stringify(said))
  switch (verb) {
    case 'ready':
      response.statusCode = !isBroken && performance.now() >= readyAt ? 200 : 503
      return response.end()
    case 'alive':
      response.statusCode = isBroken ? 500 : 200
      return response.end()
    case 'peak':
      return say(peak)
  }
  peak = Math.max(peak, ++now)
  response.once('close', () => now--)
  switch (verb) {
    case 'env':
      return say(process.env)
    case 'sleep':
      await pause(Number(value))
      return response.end(`slept at ${instance}`)
    case 'begin':
      response.write('begun ')
      await pause(Number(value))
      return response.end('ended')
    case 'status':
      response.statusCode = Number(value)
      return response.end()
    case 'break':
      isBroken = true
      return response.end()
    case 'echo': {
      const { method, headers } = request
      return say({ method, headers, body: await text(request) })
    }
    default:
      return response.end(instance)
  }
}

process.on('SIGTERM', () => server.close(() => process.exit(0)))
await pause(Number(process.env['BOOT_MS'] ?? 0))
readyAt = performance.now() + Number(process.env['READY_MS'] ?? 0)
server.listen(process.env['PORT'])
