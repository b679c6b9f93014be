import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { describeOnRedis, failureOf, openStore, startServer } from './fixtures.ts'
import { freePort } from './servers/redis-server.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

describeOnRedis('TLS', () => {
  test.skipIf(!hasOpenssl)('serves over rediss with the server’s certificate, and not without', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'store-redis-tls-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    const request = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '1',
    ]
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    const made = spawnSync('openssl', [...request, ...names, '-keyout', key, '-out', certificate])
    expect(made.status, String(made.stderr)).toBe(0)
    const port = await freePort()
    await startServer({
      'tls-port': String(port),
      'tls-cert-file': certificate,
      'tls-key-file': key,
      'tls-ca-cert-file': certificate,
      'tls-auth-clients': 'no',
    })
    const url = `rediss://127.0.0.1:${port}`
    const store = openStore(url, { connection: { socket: { tls: true, ca: readFileSync(certificate) } } })
    await store.store('k', 1)
    expect(await store.load('k')).toBe(1)
    const failure = await failureOf(openStore(url).load('k'))
    expect(failure).toMatchObject({ code: 'UNAVAILABLE' })
    expect(failure.message).toMatch(/self-signed certificate/)
  })
})
