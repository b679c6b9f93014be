export { RedisStore } from './redis-store.ts'
export type { ConnectionOptions, HandedInClient, RedisStoreOptions } from './options.ts'
