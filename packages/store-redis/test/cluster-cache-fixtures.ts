import { AsyncWriteThroughCache, type Change } from '@wt/core'
import { onTestFinished } from 'vitest'
import type { RedisStore, RedisStoreOptions } from '../src/index.ts'
import { openClusterStore } from './cluster-fixtures.ts'
import { until } from './fixtures.ts'
import type { RedisCluster } from './servers/redis-cluster.ts'
import type { RedisServer } from './servers/redis-server.ts'

const QUICK = { heartbeatMs: 100, heartbeatTimeoutMs: 1000 }

export type Cache = AsyncWriteThroughCache<string, number>

export interface Coherent {
  readonly cache: Cache
  readonly store: RedisStore<number>
  readonly changes: Change<string>[]
}

/** A cache that is up, and what it was told. */
export async function openCache(
  cluster: RedisCluster | RedisServer | string,
  options: RedisStoreOptions<number> = {},
): Promise<Coherent> {
  const store = openClusterStore<number>(cluster, { ...QUICK, ...options })
  const changes: Change<string>[] = []
  const { subscribe } = store
  Object.defineProperty(store, 'subscribe', {
    value: (listener: (change: Change<string>) => void) =>
      subscribe!((change) => {
        changes.push(change)
        listener(change)
      }),
  })
  const cache: Cache = new AsyncWriteThroughCache(store, { capacity: 1000, negativeMaxAgeMs: 600_000 })
  onTestFinished(() => cache.close())
  await holds(cache)
  return { cache, store, changes }
}

/** Resolves when the cache is up: while it is down it holds nothing. */
export async function holds(cache: Cache): Promise<void> {
  await until(async () => {
    await cache.put('probe', 0).catch(() => {})
    return cache.peek('probe') === 0
  })
}

/** The cache holds what the store holds, key by key. */
export async function isEqual(
  { cache }: Coherent,
  store: RedisStore<number>,
  keys: readonly string[],
): Promise<boolean> {
  const stored = await store.loadMany(keys)
  for (const key of keys) if ((await cache.get(key).catch(() => -1)) !== stored.get(key)) return false
  return keys.every((key) => cache.peek(key) === stored.get(key))
}
