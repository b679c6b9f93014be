import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BackingStore, Durability, WriteThroughCache } from '@wt/core'

export type Store = BackingStore<string, string>
export type Open = (durability: Durability) => Store

const BATCH = 1000

/**
 * A store that holds the entries, opened with its real durability after it was filled as cheaply as it can be: nobody
 * waits for the disk before the measurement. What a process before this one filled in `directory` is taken as it is.
 */
export function filledStore(
  open: Open,
  durability: Durability,
  directory: string,
  entries: Iterable<readonly [string, string]>,
): Store {
  // What survives nothing would not survive being closed.
  if (durability === 'none') return fill(open(durability), entries)
  const filled = join(directory, 'filled')
  if (!existsSync(filled)) {
    fill(open('process'), entries).close?.()
    writeFileSync(filled, '')
  }
  return open(durability)
}

function fill(store: Store, entries: Iterable<readonly [string, string]>): Store {
  let batch: (readonly [string, string])[] = []
  for (const entry of entries) {
    if (batch.push(entry) < BATCH) continue
    store.storeMany?.(batch)
    batch = []
  }
  store.storeMany?.(batch)
  return store
}

/** Reads answered by the cache, of all. */
export function hitRatioOf(cache: WriteThroughCache<string, string>): number {
  const { cacheHits, backingStoreHits, misses } = cache.stats()
  return cacheHits / (cacheHits + backingStoreHits + misses)
}

/** A key that was stored is not there: whatever was measured is worth nothing. */
export function absent(key: string): Error {
  return new Error(`get of ${JSON.stringify(key)}: it was stored and is not there`)
}
