import { hasVersions, type WithVersions } from './versions.ts'

/** A store that has leases, and versions, without which a holder that comes late would overwrite what is newer. */
export type WithLeases<S extends AnyStore> = WithVersions<S> &
  Required<Pick<S, 'acquireLease' | 'releaseLease'>>

interface AnyStore {
  loadVersioned?: unknown
  storeIf?: unknown
  removeIf?: unknown
  acquireLease?: unknown
  releaseLease?: unknown
}

/** Whether a store has leases that a cache can use. */
export function hasLeases<S extends AnyStore>(store: S): store is WithLeases<S> {
  return hasVersions(store) && (store.acquireLease && store.releaseLease) !== undefined
}
