import { StoreError } from '@wt/core'
import { keyOfName } from './key-path.ts'
import { readKey } from './read-record.ts'
import type { Steps } from './steps.ts'
import { translateReadError } from './translate-error.ts'
import { type Ground, type Look, walk, walkLater } from './walk.ts'

/**
 * The keys of all records. A readable name costs no read, a hashed one that of its record's header. A record
 * whose key cannot be read hides no other: all others are listed first, then it is thrown.
 */
export function* listKeys(ground: Ground): Generator<string, void, undefined> {
  const failures: StoreError[] = []
  for (const found of walk('keys', ground, keyAt)) {
    if (typeof found === 'string') yield found
    else failures.push(found)
  }
  throwUnreadable(failures)
}

/** The same for those who wait. */
export async function* listKeysLater(
  ground: Ground,
  run: <R>(steps: Steps<R>) => Promise<R>,
): AsyncGenerator<string, void, undefined> {
  const failures: StoreError[] = []
  for await (const found of walkLater('keys', ground, keyAt, run)) {
    if (typeof found === 'string') yield found
    else failures.push(found)
  }
  throwUnreadable(failures)
}

const keyAt: Look<string | StoreError> = function* keyAt(files, { shard, directory, name }) {
  const known = keyOfName(shard, name)
  if (known !== 'hashed') return known?.key
  try {
    return yield* readKey(files, directory, name)
  } catch (cause) {
    // Told at the end, so that one bad file does not hide the keys after it.
    return translateReadError(`keys, reading ${directory}/${name}`, undefined, cause)
  }
}

function throwUnreadable(failures: readonly StoreError[]): void {
  const [first] = failures
  if (first === undefined) return
  const message = `keys: all keys were listed but those of ${failures.length} unreadable records; the first: ${first.message}`
  throw new StoreError(first.code, message, { cause: first, applied: 'no' })
}
