export type { SqliteDatabase } from './driver.ts'
export type { SqliteStoreOptions } from './options.ts'
export { SqliteStore } from './sqlite-store.ts'
export type { Verification } from './verify.ts'
