import { defineTarget, type Target } from '@wt/conformance'
import { type FileSystem, FsStore } from '../src/index.ts'
import { capabilities } from './capabilities.ts'

/** Durable through the death of the process alone: no syncs. */
const target: Target = defineTarget({
  name: "FsStore with durability 'process'",
  values: 'json',
  capabilities: { ...capabilities, durability: 'process' },
  open: (path, { fileSystem } = {}) =>
    new FsStore({
      path,
      durability: 'process',
      ...(fileSystem !== undefined && { fileSystem: fileSystem as FileSystem }),
    }),
  module: import.meta.url,
})

export default target
