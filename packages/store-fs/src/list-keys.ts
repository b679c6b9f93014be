import { StoreError } from '@wt/core'
import type { FileSystem } from './file-system.ts'
import { keyOfName } from './key-path.ts'
import { readKey } from './read-record.ts'
import { translateReadError } from './translate-error.ts'

/**
 * The keys of all records, a directory's names at a time, with nothing open between two steps. A readable
 * name costs no read, a hashed one that of its record's header. A record whose key cannot be read hides no
 * other: all others are listed first, then it is thrown. `assertOpen` is asked before each step.
 */
export function* listKeys(
  fileSystem: FileSystem,
  shards: ReadonlyMap<string, string>,
  assertOpen: () => void,
): Generator<string, void, undefined> {
  const failures: StoreError[] = []
  for (const [shard, directory] of shards) {
    for (const name of namesIn(fileSystem, directory)) {
      assertOpen()
      const known = keyOfName(shard, name)
      if (known === undefined) continue
      if (known !== 'hashed') {
        yield known.key
        continue
      }
      let key: string | undefined
      try {
        key = readKey(fileSystem, directory, name)
      } catch (cause) {
        // Told at the end, so that one bad file does not hide the keys after it.
        failures.push(translateReadError(`keys, reading ${directory}/${name}`, undefined, cause))
        continue
      }
      if (key !== undefined) yield key
    }
  }
  if (failures.length > 0) throw unreadable(failures)
}

/** A set, because a directory that changes while it is listed may say a name twice. */
function namesIn(fileSystem: FileSystem, directory: string): Set<string> {
  try {
    return new Set(fileSystem.readdirSync(directory))
  } catch (cause) {
    // What cannot be listed is not an empty directory.
    throw translateReadError(`keys, listing ${directory}`, undefined, cause)
  }
}

function unreadable(failures: StoreError[]): StoreError {
  const [first] = failures as [StoreError]
  const message = `keys: all keys were listed but those of ${failures.length} unreadable records; the first: ${first.message}`
  return new StoreError(first.code, message, { cause: first, applied: 'no' })
}
