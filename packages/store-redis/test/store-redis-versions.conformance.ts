import { defineTarget, type Target } from '@wt/conformance'
import { RedisStore } from '../src/index.ts'
import { sharedServerUrl } from './servers/shared-server.ts'

const target: Target = defineTarget({
  name: 'RedisStore with versions',
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
      ...{ url: await sharedServerUrl(), prefix: `${location}:`, versions: true },
      // Processes of a test that runs beside many others may not come to their turn for seconds.
      ...{ connectTimeoutMs: 20_000, commandTimeoutMs: 20_000 },
    }),
  module: import.meta.url,
})

export default target
