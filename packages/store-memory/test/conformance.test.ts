import { defineTarget } from '@wt/conformance'
import { testConformance } from '@wt/conformance/vitest'
import { InMemoryStore } from '@wt/store-memory'
import bounded from './store-memory.conformance.ts'

testConformance(
  defineTarget({
    name: 'InMemoryStore',
    values: 'structured',
    capabilities: {
      sync: true,
      durability: 'none',
      batch: 'atomic',
      keys: true,
      versions: true,
      lease: true,
    },
    open: () => new InMemoryStore<string, unknown>(),
  }),
)
testConformance(bounded)
