export { type KeyvDriver, KeyvStore, type KeyvStoreOptions } from './keyv-store.ts'
