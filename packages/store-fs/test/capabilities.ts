import type { Capabilities } from '@wt/conformance'

/** What FsStore claims; its durability is the target's. */
export const capabilities: Capabilities = {
  sync: true,
  persistent: true,
  shared: true,
  batch: 'perKey',
  keys: true,
  checksums: true,
  fileSystem: true,
  versions: true,
}
