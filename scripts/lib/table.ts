import { printable } from './printable.ts'

/** A table as text: columns as wide as their widest cell, figures to the right, the last column as it is. */
export function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = [columns, ...rows.map((row) => row.map((cell) => printable(String(cell))))]
  const widths = columns.map((_, index) =>
    Math.max(...texts.map((row) => (row[index] ?? '').length)),
  )
  const isFigure = columns.map((_, index) => rows.every((row) => typeof row[index] === 'number'))
  return texts
    .map((row) =>
      row
        .map((cell, index) => {
          const width = widths[index] ?? 0
          return isFigure[index] === true ? cell.padStart(width) : cell.padEnd(width)
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** A number stands to the right. */
export type Cell = string | number
