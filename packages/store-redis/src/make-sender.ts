import { ForeignConnection } from './foreign-connection.ts'
import { OneServer } from './one-server.ts'
import { clientOptionsOf, type RedisStoreOptions } from './options.ts'
import type { Sender, SenderSettings } from './sender.ts'

/** The way to the server that the options say. They were checked. */
export function makeSender<V>(options: RedisStoreOptions<V>, settings: SenderSettings): Sender {
  if (options.client !== undefined) return new ForeignConnection(settings, options.client)
  const { client, secrets } = clientOptionsOf(options.url!, options.connection)
  return new OneServer(settings, client, secrets)
}
