import { defineTarget, type Target } from '@wt/conformance'
import { type FileSystem, FsStore } from '../src/index.ts'
import { capabilities } from './capabilities.ts'

/** As it comes: durable through a power cut. */
const target: Target = defineTarget({
  name: 'FsStore',
  values: 'json',
  capabilities: { ...capabilities, durability: 'power' },
  open: (path, { fileSystem } = {}) =>
    new FsStore({ path, ...(fileSystem !== undefined && { fileSystem: fileSystem as FileSystem }) }),
  module: import.meta.url,
})

export default target
