import { join } from 'node:path'
import { defineTarget, type Target } from '@wt/conformance'
import { SqliteStore } from '../src/index.ts'
import { capabilities } from './capabilities.ts'

/** On node:sqlite, durable through a power cut. */
const target: Target = defineTarget({
  name: 'SqliteStore on node:sqlite',
  values: 'json',
  capabilities,
  open: (location) => new SqliteStore({ path: join(location, 'store.db') }),
  module: import.meta.url,
})

export default target
