import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from 'node:tls'
import { beforeAll, describe, expect, it } from '@jest/globals'

import { makeCertificate } from '../../../../scripts/lib/cluster/certificates.ts'
import type { Certificate } from '../../../../scripts/lib/cluster/certificates.ts'

const HOSTS = ['*.rs0-svc.nowcast.svc.cluster.local', 'localhost']
const NOW = new Date('2026-11-22T00:00:00Z')

let made: Certificate
beforeAll(async () => {
  made = await makeCertificate(HOSTS, NOW)
})

describe('a made certificate', () => {
  it('is signed by its own authority, and is none itself', () => {
    const authority = new X509Certificate(made['ca.crt'])
    const server = new X509Certificate(made['tls.crt'])
    expect(authority.ca).toBe(true)
    expect(server.ca).toBe(false)
    expect(server.checkIssued(authority)).toBe(true)
    expect(server.verify(authority.publicKey)).toBe(true)
  })

  it.each([
    ['rs0-0.rs0-svc.nowcast.svc.cluster.local', true],
    ['localhost', true],
    ['rs0-0.rs1-svc.nowcast.svc.cluster.local', false],
    ['a.b.rs0-svc.nowcast.svc.cluster.local', false],
  ])('is for %s: %s', (host, isFor) => {
    expect(new X509Certificate(made['tls.crt']).checkHost(host) !== undefined).toBe(isFor)
  })

  it('ends ten years after it was made', () => {
    const end = new Date(new X509Certificate(made['tls.crt']).validTo)
    expect(end).toEqual(new Date('2036-11-22T00:00:00Z'))
  })

  it('serves both sides of a connection that check each other', async () => {
    const keys = { key: made['tls.key'], cert: made['tls.crt'], ca: made['ca.crt'] }
    const server = createServer({ ...keys, requestCert: true, rejectUnauthorized: true })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const accepted = once(server, 'secureConnection')
    const client = connect({ ...keys, port: address.port, servername: 'localhost' })
    await once(client, 'secureConnect')
    await accepted
    expect(client.authorized).toBe(true)
    client.destroy()
    server.close()
  })
})
