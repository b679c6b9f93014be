import { createRequire } from 'node:module'
import { type BackingStore, WriteThroughCache } from '@wt/core'
import { BoundedMap } from '../limits/bounded-map.ts'
import { POLICY_NAMES, type PolicyName, policyOf } from './policies.ts'

/** Ours, by its policy. */
export const OURS: readonly OursName[] = POLICY_NAMES.map((name) => `ours, ${name}` as const)
/** Those of others that keep to their capacity. */
export const PEERS = ['lru-cache', '@neophi/sieve-cache', 'mnemonist LRUMap'] as const
/** What a cache is built of: no limit to its size, or the least that has one. */
export type LimitName = 'Map' | 'Map + ring'
export type PeerName = LimitName | OursName | (typeof PEERS)[number]
type OursName = `ours, ${PolicyName}`

/** What the caches have in common. A miss of ours asks its store, which answers; the others are filled by the caller. */
export interface PeerCache {
  get(key: string): number | undefined
  set(key: string, value: number): unknown
}

export interface PeerCacheOptions {
  readonly peer: PeerName
  /** How many entries may be resident. */
  readonly entries: number
  /** Where the peers are installed. */
  readonly peersDirectory: string
  /** Whether our store has a value for every key; else it has none. */
  readonly storeAnswers: boolean
}

export function makeCache({ peer, entries, peersDirectory, storeAnswers }: PeerCacheOptions): PeerCache {
  const requirePeer = <T>(name: string): T => createRequire(`${peersDirectory}/package.json`)(name)
  switch (peer) {
    case 'Map':
      return new Map<string, number>()
    case 'Map + ring':
      return new BoundedMap<string, number>(entries)
    case 'lru-cache':
      return new (requirePeer<LruCacheModule>('lru-cache').LRUCache)({ max: entries })
    case '@neophi/sieve-cache':
      return new (requirePeer<SieveCacheModule>('@neophi/sieve-cache').SieveCache)(entries)
    case 'mnemonist LRUMap':
      return new (requirePeer<MnemonistModule>('mnemonist').LRUMap)(entries)
    default: {
      const store = storeAnswers ? new AnsweringStore() : new SilentStore()
      const policy = policyOf(peer.slice('ours, '.length) as PolicyName)
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
  readonly LRUCache: new (options: { max: number }) => PeerCache
}

interface SieveCacheModule {
  readonly SieveCache: new (size: number) => PeerCache
}

interface MnemonistModule {
  readonly LRUMap: new (capacity: number) => PeerCache
}
