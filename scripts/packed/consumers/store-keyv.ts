import { AsyncWriteThroughCache } from '@wt/core'
import { KeyvStore, type KeyvStoreOptions } from '@wt/store-keyv'

const options: KeyvStoreOptions<{ name: string }> = { driver: new Map<string, string>() }
const cache = new AsyncWriteThroughCache(new KeyvStore(options), { capacity: 10 })

async function main(): Promise<void> {
  await cache.put('a', { name: 'Ada' })
  cache.evictAll()
  if ((await cache.get('a'))?.name !== 'Ada') throw new Error('the value did not come back')
  await cache.close()
}

void main()
