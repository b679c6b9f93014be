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
  open: async (location) => new RedisStore({ url: await sharedServerUrl(), prefix: `${location}:` }),
  module: import.meta.url,
})

export default target
