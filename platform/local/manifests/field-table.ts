import { caseOf } from './field-cases.ts'
import { fieldsOf, KNOWN_KINDS } from './known-kinds.ts'
import type { Field } from './fields.ts'

const BEGIN = '<!-- fields: written by scripts/field-tables.ts -->'
const END = '<!-- /fields -->'

/** A document with the tables of every kind's fields between its two markers. Throws when a marker is missing. */
export function withFieldTables(document: string): string {
  const [before, rest] = document.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) {
    throw new Error(`the document has no place for the tables; write ${BEGIN} and ${END} into it`)
  }
  return `${before}${BEGIN}\n\n${fieldTables()}\n${END}${after}`
}

function fieldTables(): string {
  return KNOWN_KINDS.map(({ kind, apiVersion, meaning }) => {
    const version = apiVersion === '' ? '' : ` (\`${apiVersion}\`)`
    const rows = fieldsOf(kind).map((field) => [`\`${field.path}\``, outcome(kind, field)])
    const sentence = meaning.charAt(0).toUpperCase() + meaning.slice(1)
    return `### ${kind}${version}\n\n${sentence}.\n\n${table([['field', 'on a laptop'], ...rows])}`
  }).join('\n')
}

function outcome(kind: string, field: Field): string {
  if (field.status === 'honoured') return `honoured: ${caseOf(kind, field.path) ?? ''}`
  return `**${field.status}**: ${field.reason}`
}

/** A Markdown table as prettier would write it. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const [head = [], ...body] = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)),
  )
  const rule = widths.map((width) => '-'.repeat(width))
  return [head, rule, ...body].map(line).join('')
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`
}
