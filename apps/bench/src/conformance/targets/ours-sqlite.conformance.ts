import type { Target } from '@wt/conformance'
import { join } from 'node:path'
import { SqliteStore } from '@wt/store-sqlite'

const target: Target = {
  name: 'SqliteStore (ours)',
  values: 'json',
  capabilities: {
    ...{ sync: true, persistent: true, shared: true, durability: 'power', batch: 'atomic', keys: true },
    ...{ checksums: true, revision: true, versions: true },
  },
  open: (location) => new SqliteStore({ path: join(location, 'store.db') }),
  module: import.meta.url,
}

export default target
