import {
  MongoBulkWriteError,
  MongoClientClosedError,
  MongoDriverError,
  MongoError,
  MongoErrorLabel,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from 'mongodb'

import { RetryableError } from '../errors.ts'

/** The database is there and will not serve as it is set up: a person must act, and no event is to blame. */
export class UnusableDatabaseError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UnusableDatabaseError'
  }
}

export const CLASH = 11_000
const UNAUTHORIZED = 13
const NAMESPACE_NOT_FOUND = 26
/** AuthenticationFailed; and what hosted servers answer to a wrong login instead (AtlasError). */
const CREDENTIALS_REFUSED = new Set([18, 8_000])

/**
 * Codes of a server that another try may find gone, as the driver specifications list them for retryable writes, and
 * besides: out of time, out of disk, a lock, a majority that is not there now.
 */
const PASSING = new Set([
  6, 7, 24, 50, 64, 89, 91, 100, 112, 134, 189, 202, 262, 9_001, 10_107, 11_600, 11_601, 11_602,
  13_435, 13_436, 14_031,
])

export const isClash = (error: unknown): boolean => hasCode(error, CLASH)

export const isUnauthorized = (error: unknown): boolean => hasCode(error, UNAUTHORIZED)

export const isMissing = (error: unknown): boolean => hasCode(error, NAMESPACE_NOT_FOUND)

function hasCode(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code
}

/**
 * What a driver's error means for who called: a `RetryableError`, an `UnusableDatabaseError` or a plain Error. Its text
 * is ours: a driver quotes addresses, so its own errors go no further. Other errors stay as they are.
 */
export function explained(error: unknown, { hosts, secrets }: Login): unknown {
  if (!(error instanceof MongoError)) return error
  const cause = told(error, secrets)
  if (areCredentialsRefused(error)) {
    return new UnusableDatabaseError(
      `MongoDB at ${hosts} refuses the user or the password in its address: mend the Secret that DATABASE_URL comes from, or what follows --mongo`,
      { cause },
    )
  }
  if (isUnauthorized(error)) {
    return new UnusableDatabaseError(
      `MongoDB at ${hosts} does not let this user do that: give it a role as in platform/mongodb/mongodb.yaml`,
      { cause },
    )
  }
  if (isPassing(error))
    return new RetryableError(`MongoDB at ${hosts} cannot be used now`, { cause })
  return new Error(`MongoDB at ${hosts} refuses`, { cause })
}

/** What may be said of an address, and what never: its password, as it is and as it is written. */
export interface Login {
  readonly hosts: string
  readonly secrets: readonly string[]
}

function areCredentialsRefused(error: MongoError): boolean {
  return error instanceof MongoServerError && CREDENTIALS_REFUSED.has(Number(error.code))
}

function isPassing(error: MongoError): boolean {
  if (error instanceof MongoBulkWriteError) {
    const codes = [error.writeErrors].flat().map(({ code }) => code)
    return codes.every((code) => PASSING.has(code))
  }
  if (
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    error instanceof MongoWriteConcernError ||
    error instanceof MongoNotConnectedError ||
    error instanceof MongoTopologyClosedError ||
    error instanceof MongoClientClosedError
  ) {
    return true
  }
  if (error.hasErrorLabel(MongoErrorLabel.RetryableWriteError)) return true
  if (error.hasErrorLabel(MongoErrorLabel.TransientTransactionError)) return true
  if (error instanceof MongoServerError) return PASSING.has(Number(error.code))
  // Its class is no part of the driver's interface: every connection of the pool is taken.
  return error instanceof MongoDriverError && error.name === 'MongoWaitQueueTimeoutError'
}

function told(error: MongoError, secrets: readonly string[]): Error {
  const code = error.code === undefined ? '' : ` ${error.code}`
  return new Error(`${error.name}${code}: ${without(error.message, secrets)}`)
}

function without(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '…'), text)
}
