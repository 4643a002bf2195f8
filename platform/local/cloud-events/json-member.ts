const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/gs

/**
 * The text of one member of a JSON object as it stands there, the last one of that name; undefined when there is none.
 * The text must be valid JSON. Parsing and writing it again would lose the digits of large numbers.
 */
export function memberText(json: string, name: string): string | undefined {
  let depth = 0
  let key: string | undefined
  let begin: number | undefined
  let end = 0
  let found: string | undefined
  for (const token of json.matchAll(TOKEN)) {
    const [text] = token
    if (text === '}' || text === ']') depth--
    const closes = depth === 0 && text === '}'
    if (closes || (depth === 1 && text === ',')) {
      if (key === name && begin !== undefined) found = json.slice(begin, end)
      key = undefined
      begin = undefined
    } else if (depth === 1 && key === undefined && text.startsWith('"')) {
      key = String(JSON.parse(text))
    } else if (!(depth === 1 && begin === undefined && text === ':')) {
      if (depth >= 1) begin ??= token.index
    }
    if (text === '{' || text === '[') depth++
    end = token.index + text.length
  }
  return found
}
