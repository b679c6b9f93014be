import { join } from 'node:path'
import { structured } from '@wt/core/node'
import { defineTarget, type Target } from '@wt/conformance'
import { SqliteStore } from '../src/index.ts'
import { capabilities } from './capabilities.ts'

/** On node:sqlite, durable through the death of the process, with values of the structured clone. */
const target: Target = defineTarget({
  name: "SqliteStore on node:sqlite, durability 'process'",
  values: 'structured',
  capabilities: { ...capabilities, durability: 'process' },
  open: (location) =>
    new SqliteStore({ path: join(location, 'store.db'), codec: structured(), durability: 'process' }),
  module: import.meta.url,
})

export default target
