import { defineTarget, type Target } from '@wt/conformance'
import { type AsyncFileSystem, AsyncFsStore } from '../src/index.ts'
import { capabilities } from './capabilities.ts'

/** As it comes: durable through a power cut. */
const target: Target = defineTarget({
  name: 'AsyncFsStore',
  values: 'json',
  capabilities: { ...capabilities, sync: false, durability: 'power' },
  open: (path, { fileSystem } = {}) =>
    new AsyncFsStore({
      path,
      ...(fileSystem !== undefined && { fileSystem: fileSystem as AsyncFileSystem }),
    }),
  module: import.meta.url,
})

export default target
