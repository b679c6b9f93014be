import { defineTarget, type Target } from '@wt/conformance'
import memoryDriver from 'unstorage/drivers/memory'
import { UnstorageStore } from '../src/index.ts'

const target: Target = defineTarget({
  name: 'UnstorageStore over memory',
  values: 'json',
  capabilities: { keys: true },
  open: () => new UnstorageStore({ driver: memoryDriver() }),
  module: import.meta.url,
})

export default target
