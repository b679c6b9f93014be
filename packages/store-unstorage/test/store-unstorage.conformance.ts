import { defineTarget, type Target } from '@wt/conformance'
import fsDriver from 'unstorage/drivers/fs'
import { UnstorageStore } from '../src/index.ts'

const target: Target = defineTarget({
  name: 'UnstorageStore over fs',
  values: 'json',
  // It writes in place and syncs nothing: a process that is killed may leave a torn record, which is CORRUPT.
  capabilities: { persistent: true, shared: true, keys: true, checksums: true },
  open: (location) => new UnstorageStore({ driver: fsDriver({ base: location }) }),
  module: import.meta.url,
})

export default target
