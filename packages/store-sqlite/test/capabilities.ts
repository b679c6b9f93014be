import type { Capabilities } from '@wt/conformance'

/** What SqliteStore claims on either driver. */
export const capabilities: Capabilities = {
  sync: true,
  persistent: true,
  shared: true,
  durability: 'power',
  batch: 'atomic',
  keys: true,
  checksums: true,
  revision: true,
  versions: true,
  lease: true,
}
