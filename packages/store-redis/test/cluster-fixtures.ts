import { onTestFinished } from 'vitest'
import { slotOf } from '../src/cluster/slot.ts'
import { NODES_COMMAND, SLOTS_COMMAND, viewIn } from '../src/cluster/view.ts'
import { RedisStore, type RedisStoreOptions } from '../src/index.ts'
import { connectAdmin, startServer, until } from './fixtures.ts'
import type { RedisCluster } from './servers/redis-cluster.ts'
import type { Config, RedisServer } from './servers/redis-server.ts'
import { TcpProxy } from './servers/tcp-proxy.ts'

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

/**
 * A proxy before each node, to which all who ask a node are led, the replicas of a primary too. What the nodes say to each other on
 * their bus goes past them.
 */
export async function startProxies(cluster: RedisCluster): Promise<TcpProxy[]> {
  const proxies = await Promise.all(cluster.nodes.map((node) => TcpProxy.start(node.port)))
  for (const [index, { port }] of proxies.entries()) {
    await cluster.send(index, 'CONFIG', 'SET', 'cluster-announce-port', port)
  }
  const ports = proxies.map(({ port }) => String(port)).sort()
  for (const index of cluster.nodes.keys()) {
    await until(async () => {
      const told = String(await cluster.send(index, 'CLUSTER', 'NODES')).matchAll(/:(\d+)@/g)
      return (
        ports.join() ===
        [...told]
          .map(([, port]) => port)
          .sort()
          .join()
      )
    })
  }
  await cluster.settled()
  return proxies
}

/** So many keys that are on the node now, with the prefix. */
export async function keysOn(
  cluster: RedisCluster,
  index: number,
  count: number,
  prefix = '',
): Promise<string[]> {
  const [slots, nodes] = await cluster.sendAll(index, SLOTS_COMMAND, NODES_COMMAND)
  const { own } = viewIn(slots, nodes, `127.0.0.1:${cluster.nodes[index]!.port}`)
  const keys: string[] = []
  for (let n = 0; keys.length < count; n++) {
    const slot = slotOf(`${prefix}key ${n}`)
    if (own.some(({ first, last }) => first <= slot && slot <= last)) keys.push(`key ${n}`)
  }
  return keys
}
