import { AsyncWriteThroughCache, StoreError } from '@wt/core'
import { RedisStore, type RedisStoreOptions } from '@wt/store-redis'

// Nobody listens there: what is tested is that the package loads, connects, and says so.
const options: RedisStoreOptions<{ name: string }> = { url: 'redis://127.0.0.1:1', connectTimeoutMs: 500 }
const cache = new AsyncWriteThroughCache(new RedisStore<{ name: string }>(options), { capacity: 10 })

async function main(): Promise<void> {
  const failure: unknown = await cache.put('a', { name: 'Ada' }).catch((error) => error)
  if (!StoreError.is(failure) || failure.code !== 'UNAVAILABLE' || failure.applied !== 'no') throw failure
  await cache.close()
}

void main()
