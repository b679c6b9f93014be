import type { Files } from './files.ts'
import type { Place, Shards } from './layout.ts'
import { runNow, type Steps, wait } from './steps.ts'
import { translateReadError } from './translate-error.ts'

/** What is walked through. */
export interface Ground {
  readonly files: Files
  readonly shards: Shards
  /** Asked before each answer: throws `CLOSED` once the store is. */
  readonly assertOpen: () => void
}

/** A file on the way. */
export interface Visit extends Place {
  readonly shard: string
}

/** What a walk does at each file; `undefined` is passed over. */
export type Look<T> = (files: Files, visit: Visit) => Steps<T | undefined>

/**
 * Looks at every file of a store, a directory's names at a time, with nothing open between two answers. Throws
 * `READ_FAILURE` when a directory cannot be listed.
 */
export function* walk<T>(
  operation: string,
  { files, shards, assertOpen }: Ground,
  look: Look<T>,
): Generator<T, void, undefined> {
  for (const [shard, directory] of shards) {
    for (const name of runNow(namesIn(files, operation, directory))) {
      assertOpen()
      const seen = runNow(look(files, { shard, directory, name }))
      if (seen !== undefined) yield seen
    }
  }
}

/** The same for those who wait, a page of looks at once: `run` takes the steps of each. */
export async function* walkLater<T>(
  operation: string,
  { files, shards, assertOpen }: Ground,
  look: Look<T>,
  run: <R>(steps: Steps<R>) => Promise<R>,
): AsyncGenerator<T, void, undefined> {
  for (const [shard, directory] of shards) {
    const names = [...(await run(namesIn(files, operation, directory)))]
    for (let start = 0; start < names.length; start += PAGE) {
      const page = names.slice(start, start + PAGE)
      const looks = page.map((name) => run(look(files, { shard, directory, name })))
      for (const seen of await Promise.all(looks)) {
        assertOpen()
        if (seen !== undefined) yield seen
      }
    }
  }
}

const PAGE = 32

/** A set, because a directory that changes while it is listed may say a name twice. */
function* namesIn(files: Files, operation: string, directory: string): Steps<Set<string>> {
  try {
    return new Set(yield* wait(files.readdir(directory)))
  } catch (cause) {
    // What cannot be listed is not an empty directory.
    throw translateReadError(`${operation}, listing ${directory}`, undefined, cause)
  }
}
