import { defineTarget, type Target } from '@wt/conformance'
import { InMemoryStore } from '@wt/store-memory'

/** A store of a few entries that is full beyond them. */
const target: Target = defineTarget({
  name: 'InMemoryStore with maxEntries 8',
  values: 'structured',
  capabilities: {
    sync: true,
    durability: 'none',
    batch: 'atomic',
    keys: true,
    versions: true,
    lease: true,
    maxEntries: 8,
  },
  open: () => new InMemoryStore<string, unknown>({ maxEntries: 8 }),
})

export default target
