export type {
  AsyncBackingStore,
  Awaitable,
  BackingStore,
  CallOptions,
  Change,
  Durability,
  Unsubscribe,
} from './backing-store.ts'
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
