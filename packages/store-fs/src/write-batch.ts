import { BulkStoreError, type StoreError } from '@wt/core'
import { closeDirectory, openDirectory, syncDirectory, type WriteProtocol } from './durable-write.ts'
import { translateWriteError } from './translate-error.ts'

/** One change of a batch: what to do in `directory`, which is synced when all of the batch are done. */
export interface BatchWrite {
  readonly key: string
  readonly directory: string
  readonly change: () => void
}

/**
 * Makes every change it can, in order, then syncs each directory once: the renames of one directory share its
 * sync. When some fail it throws a `BulkStoreError` after all are done: `written` are those that last,
 * `failures` all the others.
 */
export function writeBatch(protocol: WriteProtocol, operation: string, writes: Iterable<BatchWrite>): void {
  const failures = new Map<string, StoreError>()
  const changed = new Map<string, Changed>()
  try {
    for (const { key, directory, change } of writes) {
      attempt(operation, [key], failures, () => {
        let here = changed.get(directory)
        if (here === undefined) {
          here = { descriptor: openDirectory(protocol, directory), keys: [] }
          changed.set(directory, here)
        }
        change()
        here.keys.push(key)
      })
    }
    for (const { descriptor, keys } of changed.values()) {
      attempt(operation, keys, failures, () => syncDirectory(protocol, descriptor))
    }
  } finally {
    for (const { descriptor } of changed.values()) closeDirectory(protocol, descriptor)
  }
  if (failures.size === 0) return
  const written = [...changed.values()].flatMap(({ keys }) => keys.filter((key) => !failures.has(key)))
  const message = `${operation}: ${failures.size} of ${failures.size + written.length} keys failed; failures says why for each`
  throw new BulkStoreError(message, failures, written)
}

interface Changed {
  readonly descriptor: number | undefined
  readonly keys: string[]
}

function attempt(
  operation: string,
  keys: readonly string[],
  failures: Map<string, StoreError>,
  step: () => void,
): void {
  try {
    step()
  } catch (cause) {
    // Told for each key it concerns, once the rest of the batch is done.
    for (const key of keys) failures.set(key, translateWriteError(operation, key, cause))
  }
}
