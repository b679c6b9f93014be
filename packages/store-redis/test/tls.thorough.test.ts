import { AsyncWriteThroughCache } from '@wt/core'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { slotOf } from '../src/cluster/slot.ts'
import { openClusterStore } from './cluster-fixtures.ts'
import { connectAdmin, describeOnRedis, failureOf, openStore, startServer, until } from './fixtures.ts'
import { type Config, freePort } from './servers/redis-server.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl && process.env.CI === 'true') {
  throw new Error('openssl is not installed, and CI must not skip these tests')
}

/** A key and a certificate for 127.0.0.1, signed by itself. */
function makeCertificate(): { key: string; certificate: string } {
  const directory = mkdtempSync(join(tmpdir(), 'store-redis-tls-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', key, '-out', certificate]
  const made = spawnSync('openssl', ['req', '-x509', ...kind, ...names, ...files])
  expect(made.status, String(made.stderr)).toBe(0)
  return { key, certificate }
}

const describeWithTls = hasOpenssl ? describeOnRedis : describe.skip

describeWithTls('TLS', () => {
  /** A server that speaks TLS at a second port, and the options for who trusts its certificate. */
  async function start({ key, certificate } = makeCertificate(), config: Config = {}) {
    const port = await freePort()
    const server = await startServer({
      'tls-port': String(port),
      'tls-cert-file': certificate,
      'tls-key-file': key,
      'tls-ca-cert-file': certificate,
      'tls-auth-clients': 'no',
      ...config,
    })
    const connection = { socket: { tls: true, ca: readFileSync(certificate) } }
    return { server, url: `rediss://127.0.0.1:${port}`, trusting: { connection } }
  }

  async function checkRefused(load: Promise<unknown>): Promise<void> {
    const failure = await failureOf(load)
    expect(failure).toMatchObject({ code: 'UNAVAILABLE' })
    expect(failure.message).toMatch(/self-signed certificate/)
  }

  test('serves over rediss with the server’s certificate, and not without', async () => {
    const { url, trusting } = await start()
    const store = openStore(url, trusting)
    await store.store('k', 1)
    expect(await store.load('k')).toBe(1)
    await checkRefused(openStore(url).load('k'))
  })

  test('leads to all nodes of a Cluster, and to what they tell of changes', async () => {
    const certificate = makeCertificate()
    const config = { 'cluster-enabled': 'yes', 'tls-cluster': 'yes' }
    const nodes = [await start(certificate, config), await start(certificate, config)] as const
    const admins = await Promise.all(nodes.map(({ server }) => connectAdmin(server.url)))
    for (const [index, range] of [
      ['0', '8191'],
      ['8192', '16383'],
    ].entries()) {
      await admins[index]!.sendCommand(['CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1)])
      await admins[index]!.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', ...range])
    }
    await admins[0]!.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', new URL(nodes[1].url).port])
    for (const admin of admins) {
      await until(async () => /cluster_state:ok/.test(String(await admin.sendCommand(['CLUSTER', 'INFO']))))
    }
    const { url, trusting } = nodes[0]
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`)
    expect(new Set(keys.map((key) => slotOf(key) < 8192)).size).toBe(2)
    const cache = new AsyncWriteThroughCache(openClusterStore<number>(url, trusting), { capacity: 50 })
    for (const key of keys) await cache.put(key, 1)
    const areHeld = async () => {
      await cache.getMany(keys)
      return keys.every((key) => cache.peek(key) === 1)
    }
    await until(areHeld)
    const other = openClusterStore<number>(nodes[1].url, trusting)
    await other.storeMany(keys.map((key) => [key, 2] as const))
    await until(() => keys.every((key) => cache.peek(key) === undefined))
    expect([...(await cache.getMany(keys)).values()]).toEqual(keys.map(() => 2))
    await checkRefused(openClusterStore(url).load('k'))
  })
})
