import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { DatabaseSync } from 'node:sqlite'

/** A state folder that this platform alone uses until it closes it or dies. */
export interface StateFolder {
  /** Absolute. */
  readonly path: string
  close(): void
}

// The lock is a lock of the system on this file, taken through SQLite: it ends with its process however that dies, and
// knows nothing of pids, which are used again. Nothing else may open the file here: POSIX drops a process's locks on a
// file as soon as it closes it once.
const LOCK = 'lock.db'
// Who holds it, for the other's message.
const HOLDER = 'platform.pid'
// A lock that nobody refers to would be collected as garbage, and with it closed.
const held = new Set<DatabaseSync>()

/** Where the command line keeps how far it has fed a file: also before there is a platform. */
export const FEEDS = 'feeds'

/**
 * Makes a state folder ready (0700) and takes it for this process; `fresh` empties it, once it is taken.
 *
 * Throws, naming the folder and the way out, when another platform has it, when it cannot be written, and when it is
 * to be emptied and holds what no platform put there.
 */
export function openStateFolder(folder: string, { fresh }: { fresh: boolean }): StateFolder {
  const absolute = path.resolve(folder)
  try {
    mkdirSync(absolute, { recursive: true, mode: 0o700 })
    chmodSync(absolute, 0o700)
    const isOurs =
      existsSync(path.join(absolute, LOCK)) || readdirSync(absolute).every((name) => name === FEEDS)
    if (fresh && !isOurs) {
      throw new Error(
        `${absolute} is no state folder of nowcast and is not emptied; name another folder, or delete it yourself`,
      )
    }
    const lock = takeLock(absolute)
    try {
      if (fresh) empty(absolute)
      writeFileSync(path.join(absolute, HOLDER), `${process.pid}\n`, { mode: 0o600, flush: true })
    } catch (error) {
      release(lock)
      throw error
    }
    return {
      path: absolute,
      close() {
        rmSync(path.join(absolute, HOLDER), { force: true })
        release(lock)
      },
    }
  } catch (error) {
    throw explain(error, absolute)
  }
}

function takeLock(folder: string): DatabaseSync {
  const lock = new DatabaseSync(path.join(folder, LOCK))
  try {
    lock.exec('pragma busy_timeout = 0; pragma locking_mode = exclusive; begin exclusive')
    held.add(lock)
    return lock
  } catch (error) {
    lock.close()
    throw error
  }
}

function release(lock: DatabaseSync): void {
  held.delete(lock)
  lock.close()
}

function empty(folder: string): void {
  for (const name of readdirSync(folder)) {
    // The lock stays, or another platform could take a new one beside it.
    if (!name.startsWith(LOCK)) rmSync(path.join(folder, name), { recursive: true, force: true })
  }
}

/** An error of the file system or the lock as a sentence about the folder, with the way out; any other as it is. */
export function explain(error: unknown, folder: string): Error {
  const { code, errcode, message }: Failure =
    typeof error === 'object' && error !== null ? error : {}
  const sentence = code === 'ERR_SQLITE_ERROR' ? bySQLite(errcode, folder) : bySystem(code, folder)
  if (sentence !== undefined) return new Error(sentence, { cause: error })
  return error instanceof Error
    ? error
    : new Error(`cannot use the state folder ${folder}: ${String(message)}`, { cause: error })
}

interface Failure {
  readonly code?: unknown
  readonly errcode?: unknown
  readonly message?: unknown
}

const BUSY = 5
const READONLY = 8
const IO = 10
const FULL = 13
const CANNOT_OPEN = 14
const CORRUPT = 11
const NOT_A_DATABASE = 26

function bySQLite(errcode: unknown, folder: string): string | undefined {
  // The low byte is the error, what stands above it its variety.
  switch (Number(errcode) & 0xff) {
    case BUSY:
      return `another platform (${holder(folder)}) uses the state folder ${folder}; stop it, or start this one in another folder`
    case READONLY:
    case CANNOT_OPEN:
      return bySystem('EACCES', folder)
    case CORRUPT:
    case NOT_A_DATABASE:
      return `${path.join(folder, LOCK)} is damaged: delete that file; it holds nothing but the lock`
    case FULL:
    case IO:
      return bySystem('ENOSPC', folder)
    default:
      return undefined
  }
}

function bySystem(code: unknown, folder: string): string | undefined {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `cannot write to the state folder ${folder}: it is read-only for this user; change its permissions, or run in a folder you may write to`
    case 'ENOSPC':
    case 'EDQUOT':
      return `cannot write to the state folder ${folder}: the disk is full; free some space (or drop old state with --fresh)`
    case 'ENOENT':
      // What Node says of a folder it cannot make on a read-only file system.
      return existsSync(path.dirname(folder))
        ? bySystem('EROFS', folder)
        : `cannot make the state folder ${folder}: ${path.dirname(folder)} does not exist`
    case 'ENOTDIR':
    case 'EEXIST':
      return `cannot make the state folder ${folder}: a file stands in its way; move that file`
    default:
      return undefined
  }
}

function holder(folder: string): string {
  try {
    return `pid ${readFileSync(path.join(folder, HOLDER), 'utf8').trim()}`
  } catch {
    // It has the lock already and is about to write its name: the message goes without.
    return 'which has just started'
  }
}
