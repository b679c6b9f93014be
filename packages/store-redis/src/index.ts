export { RedisStore } from './redis-store.ts'
export type { ConnectionOptions, HandedInClient, RedisStoreOptions, SentinelOptions } from './options.ts'
