import { defineTarget, type Target } from '@wt/conformance'
import { bytes } from '@wt/core'
import { type AsyncFileSystem, AsyncFsStore } from '../src/index.ts'
import { capabilities } from './capabilities.ts'

/**
 * Durable through the death of the process alone, with no syncs; and of bytes, which have cases of their own.
 */
const target: Target = defineTarget({
  name: "AsyncFsStore of bytes with durability 'process'",
  values: 'bytes',
  capabilities: { ...capabilities, sync: false, durability: 'process' },
  open: (path, { fileSystem } = {}) =>
    new AsyncFsStore({
      path,
      codec: bytes(),
      durability: 'process',
      ...(fileSystem !== undefined && { fileSystem: fileSystem as AsyncFileSystem }),
    }),
  module: import.meta.url,
})

export default target
