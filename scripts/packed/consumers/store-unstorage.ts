import { AsyncWriteThroughCache } from '@wt/core'
import { type UnstorageDriver, UnstorageStore } from '@wt/store-unstorage'

const texts = new Map<string, string>()
const driver: UnstorageDriver = {
  getItem: (key) => texts.get(key) ?? null,
  setItem: (key, text) => void texts.set(key, text),
  removeItem: (key) => texts.delete(key),
  getKeys: () => [...texts.keys()],
}
const cache = new AsyncWriteThroughCache(new UnstorageStore<{ name: string }>({ driver }), { capacity: 10 })

async function main(): Promise<void> {
  await cache.put('a', { name: 'Ada' })
  cache.evictAll()
  if ((await cache.get('a'))?.name !== 'Ada') throw new Error('the value did not come back')
  await cache.close()
}

void main()
