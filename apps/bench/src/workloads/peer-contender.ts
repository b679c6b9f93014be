import { createRequire } from 'node:module'
import { type BackingStore, WriteThroughCache } from '@wt/core'
import { BoundedMap } from '../limits/bounded-map.ts'
import type { Contender } from '../measure/contender.ts'
import { cycleOf, flatString, keyOf } from './data.ts'
import { policyOf } from './policies.ts'
import { seededRandom } from './random.ts'
import { uniform, zipf } from './zipf.ts'

export type PeerName = 'Map' | 'Map + ring' | 'ours, fifo' | 'ours, lru' | 'lru-cache'
export type PeerWork = 'hits' | 'hits with copies' | 'zipf with fill' | 'put with eviction' | 'update'

export interface PeerContenderOptions {
  readonly peer: PeerName
  readonly work: PeerWork
  /** How many entries may be resident, or are. */
  readonly entries: number
  readonly seed: number
  /** Where the peers are installed. */
  readonly peersDirectory: string
}

/** What the caches have in common. A miss of ours asks its store, which answers; the others are filled by the caller. */
interface Cache {
  get(key: string): number | undefined
  set(key: string, value: number): void
}

const REQUESTS = 2 ** 17
/** Many more keys than are resident, so that there is something to evict. */
const UNIVERSE = 10

export function createContender(options: PeerContenderOptions): Contender {
  return { ...operations(makeCache(options), options), close() {} }
}

function operations(cache: Cache, { work, entries, seed }: PeerContenderOptions): Omit<Contender, 'close'> {
  const isBounded = work === 'zipf with fill' || work === 'put with eviction'
  const keys = Array.from({ length: isBounded ? entries * UNIVERSE : entries }, (_, id) =>
    flatString(keyOf(id)),
  )
  if (!isBounded) for (const [value, key] of keys.entries()) cache.set(key, value)
  // Each new key is as far from its last visit as can be.
  if (work === 'put with eviction') {
    return { operation: (index) => cache.set(keys[index % keys.length]!, index) }
  }
  const asked = work === 'hits with copies' ? keys.map(flatString) : keys
  const draw = work === 'zipf with fill' ? zipf : uniform
  const ids = draw(keys.length, REQUESTS, seededRandom(seed))
  const { items, mask } = cycleOf(REQUESTS, (index) => asked[ids[index]!]!)
  switch (work) {
    case 'update':
      return { operation: (index) => cache.set(items[index & mask]!, index) }
    case 'zipf with fill':
      return {
        operation(index) {
          const key = items[index & mask]!
          if (cache.get(key) === undefined) cache.set(key, index)
        },
      }
    default:
      return {
        operation(index) {
          if (cache.get(items[index & mask]!) === undefined)
            throw new Error(`${items[index & mask]} is missing`)
        },
      }
  }
}

function makeCache({ peer, work, entries, peersDirectory }: PeerContenderOptions): Cache {
  switch (peer) {
    case 'Map':
      return new Map<string, number>()
    case 'Map + ring':
      return new BoundedMap<string, number>(entries)
    case 'lru-cache': {
      const { LRUCache } = createRequire(`${peersDirectory}/package.json`)('lru-cache') as LruCacheModule
      return new LRUCache({ max: entries })
    }
    default: {
      const store = work === 'zipf with fill' ? new AnsweringStore() : new SilentStore()
      const policy = policyOf(peer === 'ours, fifo' ? 'fifo' : 'lru')
      const cache = new WriteThroughCache<string, number>(store, { capacity: entries, policy })
      return { get: (key) => cache.get(key), set: (key, value) => cache.put(key, value) }
    }
  }
}

/** Takes everything and keeps nothing: what is left is the cost of the cache itself. */
class SilentStore implements BackingStore<string, number> {
  store(_key: string, _value: number): void {}

  load(_key: string): number | undefined {
    return undefined
  }

  remove(_key: string): boolean {
    return false
  }
}

/** Has a value for every key. */
class AnsweringStore extends SilentStore {
  override load(_key: string): number {
    return 1
  }
}

interface LruCacheModule {
  LRUCache: new (options: {
    max: number
  }) => { get(key: string): number | undefined; set(key: string, value: number): void }
}
