import { join } from 'node:path'
import { defineTarget, type Target } from '@wt/conformance'
import { AsyncSqliteStore } from '../src/index.ts'
import { capabilities } from './capabilities.ts'

/** On a thread of its own. Not 'power', whose syncs take most of the time and are counted elsewhere. */
const target: Target = defineTarget({
  name: 'AsyncSqliteStore',
  values: 'json',
  capabilities: { ...capabilities, sync: false, durability: 'process' },
  open: (location) => new AsyncSqliteStore({ path: join(location, 'store.db'), durability: 'process' }),
  module: import.meta.url,
})

export default target
