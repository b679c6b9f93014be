import { join } from 'node:path'
import { defineTarget, type Target } from '@wt/conformance'
import { AsyncSqliteStore } from '../src/index.ts'
import { capabilities } from './capabilities.ts'

/** As it comes: durable through a power cut. Its thread is at work when it is opened, so that a first write is only that. */
const target: Target = defineTarget({
  name: "AsyncSqliteStore, durability 'power'",
  values: 'json',
  capabilities: { ...capabilities, sync: false },
  async open(location) {
    const store = new AsyncSqliteStore({ path: join(location, 'store.db') })
    await store.load('')
    return store
  },
  module: import.meta.url,
})

export default target
