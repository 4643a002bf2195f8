/** Whose fault it is that a request to Kafka failed. */
export type KafkaFailure =
  /** The brokers refuse who we are, or we refuse who they are: only other settings help. */
  | 'refused'
  /** A record, or what was sent with it, is larger than its topic takes. */
  | 'too-large'
  /** Everything else may pass: no broker, no leader, no such topic yet, a time-out. */
  | 'passing'

/** Protocol errors by their names: https://kafka.apache.org/protocol#protocol_error_codes */
const REFUSED: ReadonlySet<string> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
])
const TOO_LARGE: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/** What Node says of a certificate it does not accept: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE =
  /^(?:ERR_TLS_CERT_ALTNAME_INVALID|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|HOSTNAME_MISMATCH|INVALID_CA|ERR_SSL_\w+)$/

/** Judges what kafkajs rejected with; it wraps the reason into errors about retries. */
export function kafkaFailure(error: unknown): KafkaFailure {
  for (const { name, type, code } of chainOf(error)) {
    if (name === 'KafkaJSSASLAuthenticationError' || REFUSED.has(type) || CERTIFICATE.test(code)) {
      return 'refused'
    }
    if (TOO_LARGE.has(type)) return 'too-large'
  }
  return 'passing'
}

/** Why a request failed, without what kafkajs wraps around it. */
export function kafkaReason(error: unknown): string {
  const innermost = chainOf(error).at(-1)
  return innermost?.message ?? String(error)
}

interface Link {
  readonly name: string
  readonly type: string
  readonly code: string
  readonly message: string
}

const MAX_DEPTH = 8

/** An error, its cause, and so on; the same error only once. */
function chainOf(error: unknown): Link[] {
  const chain: Link[] = []
  let at: unknown = error
  while (Error.isError(at) && chain.length < MAX_DEPTH) {
    chain.push({
      name: at.name,
      type: 'type' in at ? String(at.type) : '',
      code: 'code' in at ? String(at.code) : '',
      message: at.message,
    })
    at = 'originalError' in at && Error.isError(at.originalError) ? at.originalError : at.cause
  }
  return chain
}
