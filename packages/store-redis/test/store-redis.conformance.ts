import { defineTarget, type Target } from '@wt/conformance'
import { RedisStore } from '../src/index.ts'
import { sharedServerUrl } from './servers/shared-server.ts'

const target: Target = defineTarget({
  name: 'RedisStore',
  values: 'json',
  capabilities: {
    persistent: true,
    shared: true,
    durability: 'none',
    batch: 'perKey',
    keys: true,
    subscribe: true,
  },
  open: async (location) =>
    new RedisStore({
      url: await sharedServerUrl(),
      prefix: `${location}:`,
      connectTimeoutMs: 20_000,
      commandTimeoutMs: 20_000,
    }),
  module: import.meta.url,
})

export default target
