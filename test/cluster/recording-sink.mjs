// Stands where the KafkaSinks of a namespace do: takes any event, writes a line about it, and counts them at GET /.
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'

const counts = {}

createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.end(JSON.stringify(counts))
    return
  }
  const topic = request.url?.split('/').at(-1)
  const { 'ce-type': type, 'ce-source': source } = request.headers
  const name = `${topic} ${type} ${source}`
  counts[name] = (counts[name] ?? 0) + 1
  console.log(name, await text(request))
  response.writeHead(202).end()
}).listen(8080)
