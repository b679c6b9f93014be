import { clientOptionsOf, clusterOptionsOf, sentinelOptionsOf } from './client-options.ts'
import { Cluster } from './cluster/cluster.ts'
import { ForeignConnection } from './foreign-connection.ts'
import { OneServer } from './one-server.ts'
import type { RedisStoreOptions } from './options.ts'
import type { Sender, SenderSettings } from './sender.ts'
import { Sentinels } from './sentinels.ts'

/** The way to the server that the options say. Throws a `TypeError` for a wrong URL. */
export function makeSender<V>(options: RedisStoreOptions<V>, settings: SenderSettings): Sender {
  if (options.client !== undefined) return new ForeignConnection(settings, options.client)
  if (options.cluster !== undefined) {
    const { seeds, client, secrets } = clusterOptionsOf(options.cluster, options.connection)
    return new Cluster({ ...settings, client, secrets }, seeds)
  }
  if (options.sentinel !== undefined) {
    const { name, sentinels, ...server } = sentinelOptionsOf(options.sentinel, options.connection)
    return new OneServer(settings, server, new Sentinels(name, sentinels, server.secrets))
  }
  return new OneServer(settings, clientOptionsOf(options.url!, options.connection))
}
