export { type UnstorageDriver, UnstorageStore, type UnstorageStoreOptions } from './unstorage-store.ts'
