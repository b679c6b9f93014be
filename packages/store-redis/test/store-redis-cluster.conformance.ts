import { defineTarget, type Target } from '@wt/conformance'
import { RedisStore } from '../src/index.ts'
import { sharedClusterUrls } from './servers/shared-cluster.ts'

const target: Target = defineTarget({
  name: 'RedisStore over a Cluster',
  values: 'json',
  capabilities: {
    persistent: true,
    shared: true,
    durability: 'none',
    batch: 'perKey',
    keys: true,
    subscribe: true,
    versions: true,
    lease: true,
  },
  open: async (location) =>
    new RedisStore({
      // One of them is enough to find the others.
      ...{ cluster: (await sharedClusterUrls()).slice(0, 1), prefix: `${location}:`, versions: true },
      // Processes of a test that runs beside many others may not come to their turn for seconds.
      ...{ connectTimeoutMs: 20_000, commandTimeoutMs: 20_000 },
    }),
  module: import.meta.url,
})

export default target
