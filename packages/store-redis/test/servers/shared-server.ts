import { RedisServer } from './redis-server.ts'

let starting: Promise<RedisServer> | undefined

/**
 * The URL of a server that this process and those that it starts share. It ends with the process that started it.
 */
export async function sharedServerUrl(): Promise<string> {
  if (process.env.STORE_REDIS_TEST_URL === undefined) {
    starting ??= RedisServer.start()
    process.env.STORE_REDIS_TEST_URL ??= (await starting).url
  }
  return process.env.STORE_REDIS_TEST_URL
}
