import { RedisCluster } from './redis-cluster.ts'

let starting: Promise<RedisCluster> | undefined

/**
 * The URLs of a Cluster that this process and those that it starts share. It ends with the process that started it.
 */
export async function sharedClusterUrls(): Promise<string[]> {
  if (process.env.STORE_REDIS_TEST_CLUSTER === undefined) {
    starting ??= RedisCluster.start()
    process.env.STORE_REDIS_TEST_CLUSTER ??= (await starting).urls.join(' ')
  }
  return process.env.STORE_REDIS_TEST_CLUSTER.split(' ')
}
