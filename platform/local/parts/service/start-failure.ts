import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ending } from './instance.ts'

/** Why a process did not start, as far as its last lines say: `functions/score/score.ts:12: SyntaxError: …`. */
export function startFailure({ why, lastLines }: Ending, folder: string): string {
  const error = lastLines.find((line) => /^(?:Uncaught )?[A-Z]\w*(?: \[\w+\])?: \S/.test(line))
  const place = lastLines.map((line) => placeIn(line, folder)).find((found) => found !== undefined)
  const what = error ?? `it ended (${why}); what it printed says why`
  return place === undefined ? what : `${place}: ${what}`
}

/** The file and line that a line of Node's names, when the file is one of the folder's own. */
function placeIn(line: string, folder: string): string | undefined {
  const [, url, plain, number] =
    /(?:(file:\/\/\/[^\s()]+?)|(?:^|[(\s])(\/[^\s()]+?)):(\d+)(?::\d+)?\)?$/.exec(line) ?? []
  const file = url === undefined ? plain : fileURLToPath(url)
  if (file === undefined) return undefined
  const own = path.relative(folder, file)
  const isOwn = !own.startsWith('..') && !own.split(path.sep).includes('node_modules')
  return isOwn ? `${own}:${number}` : undefined
}
