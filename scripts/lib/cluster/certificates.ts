import { generate } from 'selfsigned'

/** A server certificate with the authority that signed it, each in PEM. The authority's key is thrown away. */
export interface Certificate {
  readonly 'ca.crt': string
  readonly 'tls.crt': string
  readonly 'tls.key': string
}

/** Nothing renews it by itself; `platform/README.md` says how to. */
const YEARS = 10

/**
 * Makes an authority and one certificate for the hosts, which may begin with `*.`. It serves as a client's certificate
 * too: members of a MongoDB replica set show theirs to one another.
 */
export async function makeCertificate(hosts: readonly string[], now: Date): Promise<Certificate> {
  const [first = ''] = hosts
  const notAfterDate = new Date(now)
  notAfterDate.setFullYear(now.getFullYear() + YEARS)
  const common = { notBeforeDate: now, notAfterDate, keySize: 2048, algorithm: 'sha256' } as const
  const authority = await generate([{ name: 'commonName', value: `authority of ${first}` }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
  const server = await generate([{ name: 'commonName', value: first }], {
    ...common,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2, value })) },
    ],
  })
  return { 'ca.crt': authority.cert, 'tls.crt': server.cert, 'tls.key': server.private }
}
