import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { z } from 'zod'

import { DataFileError } from './data-file-error.ts'

/** One record of a CSV file. */
export interface CsvRecord {
  readonly cells: readonly string[]
  /** Where it begins, from 1. */
  readonly line: number
  /** Bytes of the file up to its end. */
  readonly bytes: number
}

/** Many times a row of a thousand numbers. More is a quote that is never closed, or no text: it would fill the memory. */
const MAX_RECORD_BYTES = 256 * 1_024

const parsed = z.object({
  record: z.array(z.string()),
  info: z.object({ lines: z.number(), bytes: z.number() }),
})

/**
 * The records of a CSV file (RFC 4180; UTF-8 with or without a byte order mark, any line ends, empty lines left out), the
 * header first; one at a time, whatever the size of the file. Throws a `DataFileError` when it cannot be read on.
 */
export async function* csvRecords(file: string): AsyncGenerator<CsvRecord, void> {
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_BYTES,
  })
  // What goes wrong with the file ends the parser, and with it the loop below.
  pipeline(createReadStream(file), parser, () => undefined)
  // The parser counts a line end of two characters inside quotes twice.
  let countedTwice = 0
  try {
    for await (const each of parser) {
      const { record: cells, info } = parsed.parse(each)
      const text = cells.join(',')
      countedTwice += text.split('\r\n').length - 1
      const inside = text.split(/\r\n|\r|\n/).length - 1
      yield { cells, line: info.lines - countedTwice - inside, bytes: info.bytes }
    }
  } catch (cause) {
    throw explained(cause, file)
  }
}

function explained(cause: unknown, file: string): unknown {
  if (cause instanceof CsvError) {
    const line = z.object({ lines: z.number() }).safeParse(cause).data?.lines
    return new DataFileError(`${file}:${line ?? '?'}: ${wordsFor(cause)}`, { cause })
  }
  const code = z.object({ code: z.string() }).safeParse(cause).data?.code
  switch (code) {
    case 'ENOENT':
      return new DataFileError(`there is no file ${file}`, { cause })
    case 'EISDIR':
      return new DataFileError(`${file} is a folder: name a CSV file`, { cause })
    case 'EACCES':
    case 'EPERM':
      return new DataFileError(`${file} may not be read by this user: change its permissions`, {
        cause,
      })
    case undefined:
    default:
      return cause
  }
}

const NEVER_CLOSED =
  'a quote is opened before here and never closed: close it, or double it when it belongs to a cell'
const IN_THE_MIDDLE =
  'a quote stands in the middle of a cell: put the whole cell in quotes and double the quote in it'
const WORDS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: NEVER_CLOSED,
  CSV_MAX_RECORD_SIZE:
    'a row of over 256 kB begins before here: a quote is opened and never closed, or this is no text',
  INVALID_OPENING_QUOTE: IN_THE_MIDDLE,
  CSV_INVALID_CLOSING_QUOTE: IN_THE_MIDDLE,
}

function wordsFor({ code, message }: CsvError): string {
  return WORDS[code] ?? `this is not CSV that can be read: ${message}`
}
