// Stands where the KafkaSinks of a namespace do: takes any event, writes a line about it, and counts them at GET /.
import { createServer } from 'node:http'
import { stdout } from 'node:process'
import { text } from 'node:stream/consumers'

/** @type {Record<string, number>} */
const counts = {}

createServer((request, response) => void answer(request, response)).listen(8080)

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function answer(request, response) {
  if (request.method === 'GET') {
    response.end(JSON.stringify(counts))
    return
  }
  const topic = request.url?.split('/').at(-1)
  const { 'ce-type': type, 'ce-source': source } = request.headers
  const name = [topic, type, source].join(' ')
  counts[name] = (counts[name] ?? 0) + 1
  stdout.write(`${name} ${await text(request)}\n`)
  response.writeHead(202).end()
}
