export type {
  AsyncBackingStore,
  Awaitable,
  BackingStore,
  CallOptions,
  Change,
  Durability,
  Unsubscribe,
  Versioned,
} from './backing-store.ts'
export { newVersion } from './versions.ts'
export type { Codec } from './codecs/codec.ts'
export { json, type JsonOptions } from './codecs/json.ts'
export { utf8 } from './codecs/utf8.ts'
export { bytes } from './codecs/bytes.ts'
export { keyText } from './key-text.ts'
export {
  type Applied,
  BulkReadError,
  BulkStoreError,
  StoreError,
  type StoreErrorCode,
  type StoreErrorOptions,
} from './store-error.ts'
export { WriteThroughCache } from './write-through-cache.ts'
export type { CacheOptions } from './options.ts'
export type { CacheStats } from './stats.ts'
export type { CacheObserver, EvictionReason } from './observer.ts'
export { fifo } from './policies/fifo.ts'
export { lru } from './policies/lru.ts'
export { sieve } from './policies/sieve.ts'
export { s3Fifo } from './policies/s3-fifo.ts'
export { wTinyLfu } from './policies/w-tiny-lfu.ts'
export { adaptive } from './policies/adaptive.ts'
export type { HashOptions } from './policies/key-hash.ts'
export { type EvictionPolicy, type PolicyBooks, REFUSED, type Residents } from './policies/policy.ts'
export { AsyncWriteThroughCache, type WarmOptions } from './async-write-through-cache.ts'
export type { AsyncCacheOptions } from './options.ts'
export type { WaitOptions } from './coordination/patience.ts'
export { groupCommit, type GroupCommitOptions } from './group-commit.ts'
