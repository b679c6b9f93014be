import { BulkStoreError, type StoreError } from '@wt/core'
import { type DirectorySyncs, noSyncs, openDirectory, syncDirectory } from './directory-syncs.ts'
import type { WriteProtocol } from './durable-write.ts'
import { closeQuietly, type Files, type OpenFile } from './files.ts'
import type { Steps } from './steps.ts'
import { translateWriteError } from './translate-error.ts'

/** One change of a batch, in `directory`. */
export interface BatchWrite {
  readonly key: string
  readonly directory: string
  readonly change: (protocol: WriteProtocol) => Steps<unknown>
}

/**
 * Makes every change it can, in order, then syncs each directory once: the changes of one directory share its
 * sync. When some fail it throws a `BulkStoreError` after all are done.
 */
export function* writeBatch(
  protocol: WriteProtocol,
  operation: string,
  writes: readonly BatchWrite[],
): Steps<void> {
  const failures = new Map<string, StoreError>()
  const changed: BatchWrite[] = []
  const later = new LaterSyncs(protocol.files)
  const unsynced = protocol.directories === noSyncs ? protocol : { ...protocol, directories: later }
  try {
    for (const write of writes) {
      if (yield* attempt(operation, [write], failures, write.change(unsynced))) changed.push(write)
    }
    for (const [directory, here] of Map.groupBy(changed, (write) => write.directory)) {
      yield* attempt(operation, here, failures, later.sync(directory))
    }
  } finally {
    yield* later.close()
  }
  throwFailures(
    operation,
    Array.from(writes, ({ key }) => key),
    failures,
  )
}

/**
 * The same for those who wait: makes all writes at once, which share their directories' syncs with whoever else writes.
 */
export async function writeAll(
  operation: string,
  keys: Iterable<string>,
  write: (key: string) => Promise<unknown>,
): Promise<void> {
  const failures = new Map<string, StoreError>()
  const writes = Array.from(keys, async (key) => {
    try {
      await write(key)
    } catch (cause) {
      // Told when the rest of the batch is done.
      failures.set(key, translateWriteError(operation, key, cause))
    }
    return key
  })
  throwFailures(operation, await Promise.all(writes), failures)
}

/** A `BulkStoreError` when there are failures: `written` are the other keys of the batch, which last. */
function throwFailures(
  operation: string,
  keys: readonly string[],
  failures: ReadonlyMap<string, StoreError>,
): void {
  if (failures.size === 0) return
  const written = keys.filter((key) => !failures.has(key))
  const message = `${operation}: ${failures.size} of ${keys.length} keys failed; failures says why for each`
  throw new BulkStoreError(message, new Map(failures), written)
}

/** Opens each directory at the first change in it, and syncs it when it is asked to. */
class LaterSyncs implements DirectorySyncs {
  readonly #files: Files
  readonly #opened = new Map<string, OpenFile>()

  constructor(files: Files) {
    this.#files = files
  }

  *change<T>(directory: string, change: () => Steps<T>): Steps<T> {
    if (!this.#opened.has(directory)) {
      this.#opened.set(directory, yield* openDirectory(this.#files, directory))
    }
    return yield* change()
  }

  *sync(directory: string): Steps<void> {
    const opened = this.#opened.get(directory)
    if (opened !== undefined) yield* syncDirectory(opened)
  }

  *close(): Steps<void> {
    for (const opened of this.#opened.values()) yield* closeQuietly(opened)
  }
}

/** False when it failed, which is noted for each of the writes that it concerns. */
function* attempt(
  operation: string,
  writes: readonly BatchWrite[],
  failures: Map<string, StoreError>,
  steps: Steps<unknown>,
): Steps<boolean> {
  try {
    yield* steps
    return true
  } catch (cause) {
    // Told once the rest of the batch is done.
    for (const { key } of writes) failures.set(key, translateWriteError(operation, key, cause))
    return false
  }
}
