import { dirname } from 'node:path'
import { StoreError } from '@wt/core'
import {
  closeQuietly,
  codeOf,
  DIRECTORY_MODE,
  type FileSystem,
  READ_ANCESTOR,
  READ_DIRECTORY,
} from './file-system.ts'
import { SHARDS } from './key-path.ts'

/**
 * Makes what is missing of the store at `root`, an absolute path, and answers the directories that hold its
 * records, by shard:
 *
 *     <root>/v1/0/key-user42
 *     <root>/v1/5/hash-59b271…
 *     <root>/v1/f/…
 *
 * When it returns and `synced` is set, all of these directories last. Throws a `StoreError` when a newer
 * package wrote here, or when something else lies where a directory should; nothing is ever deleted. One
 * listing of `<root>` and `v1`, and one sync per level of the path.
 */
export function openLayout(fileSystem: FileSystem, root: string, synced: boolean): Map<string, string> {
  const firstMade = fileSystem.mkdirSync(root, { recursive: true, mode: DIRECTORY_MODE })
  refuseNewerLayout(fileSystem, root)
  const version = `${root}/${LAYOUT}`
  makeDirectory(fileSystem, version)
  const shards = new Map<string, string>()
  for (const shard of SHARDS) {
    shards.set(shard, `${version}/${shard}`)
    makeDirectory(fileSystem, `${version}/${shard}`)
  }
  if (synced && process.platform !== 'win32') {
    syncDirectory(fileSystem, version, READ_DIRECTORY)
    syncDirectory(fileSystem, root, READ_ANCESTOR)
    syncAncestors(fileSystem, root, firstMade)
  }
  return shards
}

const LAYOUT = 'v1'

function refuseNewerLayout(fileSystem: FileSystem, root: string): void {
  for (const name of fileSystem.readdirSync(root)) {
    if (/^v[0-9]+$/.test(name) && Number(name.slice(1)) > 1) {
      const message = `FsStore: ${root} holds the layout ${name} of a newer @wt/store-fs; this one knows ${LAYOUT}. Use the newer package, or another path; nothing was touched`
      throw new StoreError('UNAVAILABLE', message, { applied: 'no' })
    }
  }
}

/** Below the root, where a symbolic link is not followed. */
function makeDirectory(fileSystem: FileSystem, path: string): void {
  const status = fileSystem.lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) {
    // Recursive, so that it is fine when another process made it just now.
    fileSystem.mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE })
  } else if (!status.isDirectory()) {
    const message = `FsStore: ${path} is no directory (a symbolic link there is not followed); move it away, or use another path`
    throw new StoreError('UNAVAILABLE', message, { applied: 'no' })
  }
}

/**
 * The root's own name has to last too, and its parent's, and so on: each of them may have been made a moment
 * ago, by us or by another who has not synced it yet, or died before.
 */
function syncAncestors(fileSystem: FileSystem, root: string, firstMade: string | undefined): void {
  let directory = root
  for (let parent = dirname(directory); parent !== directory; directory = parent, parent = dirname(parent)) {
    try {
      syncDirectory(fileSystem, parent, READ_ANCESTOR)
    } catch (cause) {
      // Where nothing was made by us, a parent may be closed to us or unable to sync (a mount of another
      // kind): then it is the care of who made it. A disk that fails is told.
      const ours = firstMade !== undefined && directory.startsWith(firstMade)
      if (ours || codeOf(cause) === 'EIO') throw cause
    }
  }
}

function syncDirectory(fileSystem: FileSystem, path: string, flags: number): void {
  const descriptor = fileSystem.openSync(path, flags)
  try {
    fileSystem.fsyncSync(descriptor)
  } finally {
    closeQuietly(fileSystem, descriptor)
  }
}
