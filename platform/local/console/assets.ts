import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { answer } from './answers.ts'

interface Asset {
  readonly file: URL
  readonly contentType: string
}

const JAVASCRIPT = 'text/javascript; charset=utf-8'
const CSS = 'text/css; charset=utf-8'

/** Every file the console serves, by path: a fixed list, so no request can name another file. */
const ASSETS: ReadonlyMap<string, Asset> = new Map(
  Object.entries({
    '/': own('index.html', 'text/html; charset=utf-8'),
    '/assets/console.js': own('console.js', JAVASCRIPT),
    '/assets/connection.js': own('connection.js', JAVASCRIPT),
    '/assets/charts.js': own('charts.js', JAVASCRIPT),
    '/assets/morph.js': own('morph.js', JAVASCRIPT),
    '/assets/letter.js': own('letter.js', JAVASCRIPT),
    '/assets/parsed.js': own('parsed.js', JAVASCRIPT),
    '/assets/evaluation-panel.js': own('evaluation-panel.js', JAVASCRIPT),
    '/assets/panels.js': own('panels.js', JAVASCRIPT),
    '/assets/elements.js': own('elements.js', JAVASCRIPT),
    '/assets/format.js': own('format.js', JAVASCRIPT),
    '/assets/console.css': own('console.css', CSS),
    '/assets/icon.svg': own('icon.svg', 'image/svg+xml'),
    '/assets/uplot.js': {
      file: new URL(import.meta.resolve('uplot/dist/uPlot.iife.min.js')),
      contentType: JAVASCRIPT,
    },
    '/assets/uplot.css': {
      file: new URL(import.meta.resolve('uplot/dist/uPlot.min.css')),
      contentType: CSS,
    },
  }),
)

/** The file of a path, if it is one of the console's. */
export function findAsset(path: string): Asset | undefined {
  return ASSETS.get(path)
}

/** Sends a file, or 304 when the browser has it already. It is read each time: an edited page needs no restart. */
export async function sendAsset(
  { file, contentType }: Asset,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readFile(file)
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  const known = request.headers['if-none-match'] === etag
  answer(response, known ? 304 : 200, contentType, known ? '' : body, { etag })
}

function own(name: string, contentType: string): Asset {
  return { file: new URL(`page/${name}`, import.meta.url), contentType }
}
