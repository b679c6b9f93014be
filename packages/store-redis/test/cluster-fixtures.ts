import { onTestFinished } from 'vitest'
import { slotOf } from '../src/cluster/slot.ts'
import { sharesIn } from '../src/cluster/view.ts'
import { RedisStore, type RedisStoreOptions } from '../src/index.ts'
import { connectAdmin, startServer } from './fixtures.ts'
import type { RedisCluster } from './servers/redis-cluster.ts'
import type { Config, RedisServer } from './servers/redis-server.ts'

/** A store over the Cluster that is closed when the test is over. It is told of one node alone. */
export function openClusterStore<V = unknown>(
  cluster: RedisCluster | RedisServer | string,
  options: RedisStoreOptions<V> = {},
): RedisStore<V> {
  const node =
    typeof cluster === 'string' ? undefined : 'nodes' in cluster ? cluster.nodes.find(isRunning) : cluster
  const url = node === undefined ? (cluster as string) : node.url
  // Where many tests run at once on few cores, all takes long.
  const store = new RedisStore<V>({
    ...{ cluster: [url], connectTimeoutMs: 5_000, commandTimeoutMs: 5_000 },
    ...options,
  })
  onTestFinished(() => store.close())
  return store
}

function isRunning(node: RedisServer): boolean {
  return node.isRunning
}

/** A Cluster of one node, which serves all slots. */
export async function startOneNode(config: Config = {}): Promise<RedisServer> {
  const server = await startServer({ 'cluster-enabled': 'yes', ...config })
  const { requirepass } = config
  const admin = await connectAdmin(
    requirepass ? server.url.replace('//', `//:${encodeURIComponent(requirepass)}@`) : server.url,
  )
  await admin.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383'])
  while (!String(await admin.sendCommand(['CLUSTER', 'INFO'])).includes('cluster_state:ok')) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return server
}

/** So many keys that are on the node now, with the prefix. */
export async function keysOn(
  cluster: RedisCluster,
  index: number,
  count: number,
  prefix = '',
): Promise<string[]> {
  const { port } = cluster.nodes[index]!
  const shares = sharesIn(await cluster.send(index, 'CLUSTER', 'SLOTS'), `127.0.0.1:${port}`)
  const own = shares.filter(({ primary }) => primary === `127.0.0.1:${port}`)
  const keys: string[] = []
  for (let n = 0; keys.length < count; n++) {
    const slot = slotOf(`${prefix}key ${n}`)
    if (own.some(({ first, last }) => first <= slot && slot <= last)) keys.push(`key ${n}`)
  }
  return keys
}
