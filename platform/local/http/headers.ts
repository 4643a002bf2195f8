/** Headers as they travel, by lower-case name. */
export type Headers = Record<string, string | string[]>

// What concerns one connection only (RFC 9110, 7.6.1) is never passed on to the next.
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const NONE: ReadonlySet<string> = new Set()

/** The headers that a proxy passes on: all but those of the connection they came by. */
export function endToEnd(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Headers {
  const named = namedByConnection(headers['connection'])
  const kept: Headers = {}
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || HOP_BY_HOP.has(name) || named.has(name)) continue
    kept[name] = typeof value === 'string' ? value : [...value]
  }
  return kept
}

function namedByConnection(
  connection: string | readonly string[] | undefined,
): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return NONE
  const names = typeof connection === 'string' ? connection : connection.join(',')
  return new Set(names.split(',').map((name) => name.trim().toLowerCase()))
}
