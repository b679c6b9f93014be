import {
  type AsyncBackingStore,
  AsyncWriteThroughCache,
  type Awaitable,
  type BackingStore,
  WriteThroughCache,
} from '@wt/core'

/** What the topic `cache` uses of a cache. Both caches of `@wt/core` have it. */
export interface Cache {
  get(key: string): Awaitable<unknown>
  getMany(keys: Iterable<string>): Awaitable<Map<string, unknown>>
  getOrPut(key: string, produce: () => unknown): Awaitable<unknown>
  put(key: string, value: unknown): Awaitable<void>
  putMany(entries: Iterable<readonly [string, unknown]>): Awaitable<void>
  update(key: string, change: (old: unknown) => unknown): Awaitable<unknown>
  invalidate(key: string): Awaitable<boolean>
  invalidateMany(keys: Iterable<string>): Awaitable<number>
  refresh(key: string): Awaitable<unknown>
  /** What is resident, without asking the store. */
  peek(key: string): unknown
  evict(key: string): boolean
  evictAll(): void
  readonly size: number
  close(): Awaitable<void>
}

export interface CacheOptions {
  readonly capacity: number
  readonly coherence?: 'none' | 'revision'
}

/** How the topic `cache` makes its caches: one for synchronous stores, one for any. */
export interface Caches {
  synchronous(store: BackingStore<string, unknown>, options: CacheOptions): Cache
  asynchronous(store: AsyncBackingStore<string, unknown>, options: CacheOptions): Cache
}

export const CACHES: Caches = {
  synchronous: (store, options) => new WriteThroughCache(store, options) as Cache,
  asynchronous: (store, options) => new AsyncWriteThroughCache(store, options) as Cache,
}
