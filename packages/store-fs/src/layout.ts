import { dirname } from 'node:path'
import { StoreError } from '@wt/core'
import type { WriteProtocol } from './durable-write.ts'
import { codeOf, DIRECTORY_MODE, READ_ANCESTOR, READ_DIRECTORY } from './file-system.ts'
import { closeQuietly, type Files, statusOf } from './files.ts'
import { keyPath, SHARDS } from './key-path.ts'
import { type Steps, wait } from './steps.ts'
import { sweep } from './sweep.ts'
import { translateOpenError } from './translate-error.ts'

/** The directories that hold the records, by shard. */
export type Shards = ReadonlyMap<string, string>

/** Where a record is. */
export interface Place {
  readonly directory: string
  readonly name: string
}

export function placeOf(shards: Shards, key: string): Place {
  const { shard, name } = keyPath(key)
  return { directory: shards.get(shard) as string, name }
}

/**
 * Opens the store at `root`, an absolute path, or makes one, and sweeps what crashed writers left: one listing per
 * directory. Throws `UNAVAILABLE` when that cannot be, also when a newer version of this package wrote there;
 * nothing but abandoned temporary files is ever deleted.
 */
export function* openStore({ files, synced, tempNames }: WriteProtocol, root: string): Steps<Shards> {
  try {
    const shards = yield* openLayout(files, root, synced)
    yield* sweep(files, shards.values(), tempNames)
    return shards
  } catch (cause) {
    throw translateOpenError(root, cause)
  }
}

/**
 * Makes what is missing of the store at `root`, and answers the directories of its records:
 *
 *     <root>/v1/0/key-user42
 *     <root>/v1/5/hash-59b271…
 *     <root>/v1/f/…
 *
 * When it returns and `synced` is set, all of these directories last. Throws a `StoreError` when a newer
 * package wrote here, or when something else lies where a directory should; nothing is ever deleted. One
 * listing of `<root>` and `v1`, and one sync per level of the path.
 */
function* openLayout(files: Files, root: string, synced: boolean): Steps<Shards> {
  const firstMade = yield* wait(files.mkdir(root, { recursive: true, mode: DIRECTORY_MODE }))
  yield* refuseNewerLayout(files, root)
  const version = `${root}/${LAYOUT}`
  yield* makeDirectory(files, version)
  const shards = new Map<string, string>()
  for (const shard of SHARDS) {
    shards.set(shard, `${version}/${shard}`)
    yield* makeDirectory(files, `${version}/${shard}`)
  }
  if (synced && process.platform !== 'win32') {
    yield* syncDirectory(files, version, READ_DIRECTORY)
    yield* syncDirectory(files, root, READ_ANCESTOR)
    yield* syncAncestors(files, root, firstMade)
  }
  return shards
}

const LAYOUT = 'v1'

function* refuseNewerLayout(files: Files, root: string): Steps<void> {
  for (const name of yield* wait(files.readdir(root))) {
    if (/^v[0-9]+$/.test(name) && Number(name.slice(1)) > 1) {
      const message = `open: ${root} holds the layout ${name} of a newer @wt/store-fs; this one knows ${LAYOUT}. Use the newer package, or another path; nothing was touched`
      throw new StoreError('UNAVAILABLE', message, { applied: 'no' })
    }
  }
}

/** Below the root, where a symbolic link is not followed. */
function* makeDirectory(files: Files, path: string): Steps<void> {
  const status = yield* statusOf(files, path)
  if (status === undefined) {
    // Recursive, so that it is fine when another process made it just now.
    yield* wait(files.mkdir(path, { recursive: true, mode: DIRECTORY_MODE }))
  } else if (!status.isDirectory()) {
    const message = `open: ${path} is no directory (a symbolic link there is not followed); move it away, or use another path`
    throw new StoreError('UNAVAILABLE', message, { applied: 'no' })
  }
}

/**
 * The root's own name has to last too, and its parent's, and so on: each of them may have been made a moment
 * ago, by us or by another who has not synced it yet, or died before.
 */
function* syncAncestors(files: Files, root: string, firstMade: string | undefined): Steps<void> {
  let directory = root
  for (let parent = dirname(directory); parent !== directory; directory = parent, parent = dirname(parent)) {
    try {
      yield* syncDirectory(files, parent, READ_ANCESTOR)
    } catch (cause) {
      // Where nothing was made by us, a parent may be closed to us or unable to sync (a mount of another
      // kind): then it is the care of who made it. A disk that fails is told.
      const ours = firstMade !== undefined && directory.startsWith(firstMade)
      if (ours || codeOf(cause) === 'EIO') throw cause
    }
  }
}

function* syncDirectory(files: Files, path: string, flags: number): Steps<void> {
  const directory = yield* wait(files.open(path, flags))
  try {
    yield* wait(directory.sync())
  } finally {
    yield* closeQuietly(directory)
  }
}
