import { type BackingStore, WriteThroughCache } from '@wt/core'

/** Compiled with the types of a browser and none of Node. */
const store: BackingStore<string, string> = {
  store: (key, value) => localStorage.setItem(key, value),
  load: (key) => localStorage.getItem(key) ?? undefined,
  remove(key) {
    const existed = localStorage.getItem(key) !== null
    localStorage.removeItem(key)
    return existed
  },
}

export const cache: WriteThroughCache<string, string> = new WriteThroughCache(store, { capacity: 100 })
