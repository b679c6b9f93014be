import { keyText } from './key-text.ts'
import { StoreError } from './store-error.ts'

const VERSION_BYTES = 16

/** A version that no entry ever had: 128 random bits, as 32 hexadecimal digits. */
export function newVersion(): string {
  let version = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(VERSION_BYTES))) {
    version += byte.toString(16).padStart(2, '0')
  }
  return version
}

/** A store that has versions. */
export type WithVersions<S extends AnyStore> = S & Required<Pick<S, 'loadVersioned' | 'storeIf' | 'removeIf'>>

interface AnyStore {
  loadVersioned?: unknown
  storeIf?: unknown
  removeIf?: unknown
}

/** Whether a store has versions: some of their methods are of no use without the others. */
export function hasVersions<S extends AnyStore>(store: S): store is WithVersions<S> {
  return (store.loadVersioned && store.storeIf && store.removeIf) !== undefined
}

/** The store, if it has versions. Throws a `TypeError` for what nobody could promise without. */
export function neededVersions<S extends AnyStore>(store: S, operation: string): WithVersions<S> {
  if (hasVersions(store)) return store
  throw new TypeError(
    `${operation}: the backing store has no versions; update is atomic in this process alone`,
  )
}

/** How often one call is refused before it gives up. */
const REFUSED_AT_MOST = 1000

/** Throws `BUSY` when that many tries of a call have been refused, which is too often. */
export function checkTries(tries: number, operation: string, key: unknown): void {
  if (tries < REFUSED_AT_MOST) return
  const message = `${operation} of ${keyText(key)}: others changed it during each of ${tries} tries`
  throw new StoreError('BUSY', message, { key })
}

/** Which entry a conditional write replaces, and which it leaves; `undefined` is none. */
export interface VersionChange {
  readonly expected: string | undefined
  readonly next: string | undefined
}

/**
 * What a look at the store, which found an entry of that version, tells of a conditional write whose outcome the store could
 * not say: that it took place, or the failure, as one that changed nothing where that is certain. Absence proves nothing,
 * for it comes back.
 */
export function settled(
  failure: StoreError,
  { expected, next }: VersionChange,
  found: string | undefined,
  lateWrites = false,
): true | StoreError {
  if (found === undefined) return failure
  if (found === next) return true
  if (found !== expected || lateWrites) return failure
  const { code, key } = failure
  const message = `${failure.message}; a look has shown that it did not happen`
  return new StoreError(code, message, { key, cause: failure, applied: 'no' })
}
