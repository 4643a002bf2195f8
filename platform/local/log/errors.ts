import { isNativeError } from 'node:util/types'

import { wayOut } from '../manifests/nearest.ts'

/** The topic was never made: no KafkaTopic names it. */
export class UnknownTopicError extends Error {
  constructor(topic: string, known: Iterable<string>) {
    super(
      `topic "${topic}" has no KafkaTopic; ` +
        wayOut(topic, known, 'declare one, or name a topic that is declared'),
    )
    this.name = 'UnknownTopicError'
  }
}

/** A record over its topic's `max.message.bytes`. */
export class RecordTooLargeError extends Error {
  constructor(topic: string, bytes: number, limit: number) {
    super(
      `a record of ${bytes} bytes is more than topic "${topic}" takes (${limit}): ` +
        'split it, or raise max.message.bytes in its KafkaTopic',
    )
    this.name = 'RecordTooLargeError'
  }
}

/** The log's file cannot be used. Nothing of the call that met it was stored. */
export class LogFileError extends Error {
  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`event log ${path}: ${problem}`, options)
    this.name = 'LogFileError'
  }
}

/**
 * Says in words what SQLite reported of the log's file; any other error comes back as it is. With `quotaBytes` a file
 * that is full has reached its quota.
 */
export function explained(path: string, error: unknown, quotaBytes?: number): unknown {
  if (!isNativeError(error) || !('errcode' in error)) return error
  if (typeof error.errcode !== 'number') return error
  // The low byte is SQLite's primary result code: https://www.sqlite.org/rescode.html
  const code = error.errcode & 0xff
  const isQuota = code === FULL && quotaBytes !== undefined
  const problem = isQuota
    ? `it has reached its quota of ${quotaBytes} bytes, or the disk is full: raise --log-quota or make room, then start again`
    : inWords(code, error.message)
  return new LogFileError(path, problem, { cause: error })
}

const FULL = 13

function inWords(code: number, message: string): string {
  switch (code) {
    case 5:
    case 6:
      return 'another process has it open: stop the platform that runs in this folder'
    case 3:
    case 8:
    case 14:
    case 23:
      return `it cannot be opened for writing (${message}): make its folder, or give yourself the right to write there`
    case 10:
      return `the disk failed or refused to grow the file (${message}): make room or repair it, then try again`
    case 11:
    case 26:
      return `it is damaged or no event log (${message}): move it away, or start with --fresh to begin a new one`
    case FULL:
      return 'the disk is full: make room, then try again'
    default:
      return message
  }
}
