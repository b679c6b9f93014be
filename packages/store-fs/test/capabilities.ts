import type { Capabilities } from '@wt/conformance'

/** What FsStore claims; its durability is the target's. AsyncFsStore claims the same, but that it answers at once. */
export const capabilities: Capabilities = {
  sync: true,
  persistent: true,
  shared: true,
  batch: 'perKey',
  keys: true,
  checksums: true,
  fileSystem: true,
}
