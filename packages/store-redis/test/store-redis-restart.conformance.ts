import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineTarget, type Target } from '@wt/conformance'
import { RedisStore } from '../src/index.ts'
import { RedisServer } from './servers/redis-server.ts'

/** A server of its own for each location. Whoever opens it kills the one that runs there, and starts it on what it left. */
const target: Target = defineTarget({
  name: 'RedisStore, whose server is killed before each opening',
  values: 'json',
  capabilities: { persistent: true, durability: 'power', batch: 'perKey', keys: true, subscribe: true },
  async open(location) {
    killServerOf(location)
    const server = await RedisServer.start({ appendonly: 'yes', appendfsync: 'always' }, location)
    writeFileSync(join(location, 'pid'), String(server.pid))
    const store = new RedisStore({ url: server.url, connectTimeoutMs: 20_000, commandTimeoutMs: 20_000 })
    await store.connect()
    return store
  },
  module: import.meta.url,
})

/** The last one of a location ends with the process that started it. */
function killServerOf(location: string): void {
  const file = join(location, 'pid')
  if (!existsSync(file)) return
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL')
  } catch {
    // It died with the process that had started it.
  }
}

export default target
