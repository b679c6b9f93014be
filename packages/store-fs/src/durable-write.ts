import type { Awaitable } from '@wt/core'
import { type DirectorySyncs, noSyncs } from './directory-syncs.ts'
import { codeOf, CREATE_NEW, FILE_MODE } from './file-system.ts'
import { closeQuietly, type Files, isPresent } from './files.ts'
import { type Steps, wait } from './steps.ts'
import { TempNames } from './temp-name.ts'
import { UncertainWrite } from './translate-error.ts'

/** How to write: where, under which temporary names, and whether the disk has to have it. */
export interface WriteProtocol {
  readonly files: Files
  readonly tempNames: TempNames
  /** True for `'power'`: files are synced. */
  readonly synced: boolean
  readonly directories: DirectorySyncs
  /** Returns after so long. */
  readonly pause: (durationMs: number) => Awaitable<void>
}

/**
 * Puts `bytes` at `directory/name`, in one step that a reader sees whole or not at all, and that lasts when it
 * returns: a new temporary file in the same directory, all bytes, `fsync`, `close`, `rename`, and the directory's
 * sync.
 *
 * Throws what the file system threw when nothing changed, `UncertainWrite` when that is not known. An `fsync`
 * that failed is not tried again: the kernel may have dropped the pages, and a second one would succeed over
 * them. A temporary file that is gone at the rename (another process took it for a crashed one's) is written
 * anew.
 */
export function* replaceFile(
  protocol: WriteProtocol,
  directory: string,
  name: string,
  bytes: Uint8Array,
): Steps<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const temp = `${directory}/${protocol.tempNames.next()}`
      yield* writeTemp(protocol, temp, bytes)
      yield* publish(protocol, temp, directory, name)
      return
    } catch (error) {
      // Only the disappearance of the temporary file is worth another attempt. What fails after it is in
      // doubt with it.
      if (isTempGone(error) && attempt < ATTEMPTS) continue
      throw attempt === 1 || error instanceof UncertainWrite ? error : new UncertainWrite(error)
    }
  }
}

/**
 * Unlinks `directory/name`, and makes that last, also when there was nothing: an earlier remove may have failed to.
 * Whether it was there.
 */
export function* removeFile(
  { files, directories }: WriteProtocol,
  directory: string,
  name: string,
): Steps<boolean> {
  return yield* directories.change(directory, function* unlink() {
    try {
      yield* wait(files.unlink(`${directory}/${name}`))
      return true
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT' && (yield* isPresent(files, directory))) return false
      throw provesNothingHappened(cause) ? cause : new UncertainWrite(cause)
    }
  })
}

/** How a store of this durability writes; `directories` is its way to sync them, where they are synced. */
export function writeProtocol(
  files: Files,
  durability: 'power' | 'process',
  directories: DirectorySyncs,
  pause: WriteProtocol['pause'],
): WriteProtocol {
  const synced = durability === 'power'
  const canSyncDirectories = synced && process.platform !== 'win32'
  const tempNames = new TempNames()
  return { files, tempNames, synced, directories: canSyncDirectories ? directories : noSyncs, pause }
}

const ATTEMPTS = 5
const WINDOWS_RENAMES = 10

/**
 * Errors by which a rename or an unlink refuses before it does anything. EIO, and what is not known, prove
 * nothing.
 */
const NOTHING_HAPPENED = new Set([
  ...['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'ENOSPC', 'EDQUOT', 'EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'],
  ...['EXDEV', 'ELOOP', 'ENAMETOOLONG', 'EINVAL'],
])

function provesNothingHappened(cause: unknown): boolean {
  return NOTHING_HAPPENED.has(codeOf(cause) ?? '')
}

/** Leaves the whole file, closed, or none. One that is there already is another's, and is left alone. */
function* writeTemp({ files, synced }: WriteProtocol, temp: string, bytes: Uint8Array): Steps<void> {
  const file = yield* wait(files.open(temp, CREATE_NEW, FILE_MODE))
  let open = true
  try {
    let written = 0
    while (written < bytes.length) {
      const { bytesWritten } = yield* wait(file.write(bytes, written, bytes.length - written))
      if (bytesWritten === 0) throw new Error('the file system takes no more bytes, and does not say why')
      written += bytesWritten
    }
    if (synced) yield* wait(file.sync())
    // Counts as closed even when it fails: the number may be another file's by then. Some file systems fail
    // only here.
    open = false
    yield* wait(file.close())
  } catch (error) {
    // Nobody has seen this file; without it the store is as it was.
    if (open) yield* closeQuietly(file)
    yield* unlinkQuietly(files, temp)
    throw error
  }
}

/** Gives the temporary file its name, and makes that last; or takes it away. */
function* publish(protocol: WriteProtocol, temp: string, directory: string, name: string): Steps<void> {
  try {
    yield* protocol.directories.change(directory, () => rename(protocol, temp, `${directory}/${name}`))
  } catch (error) {
    // When only the sync failed there is none left, which is fine too.
    yield* unlinkQuietly(protocol.files, temp)
    throw error
  }
}

/**
 * On Windows, and there alone, a scanner or a reader that has the target open makes a rename fail for a
 * while.
 */
function* rename({ files, pause }: WriteProtocol, temp: string, file: string): Steps<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      yield* wait(files.rename(temp, file))
      return
    } catch (cause) {
      const code = codeOf(cause)
      const passing = process.platform === 'win32' && (code === 'EPERM' || code === 'EBUSY')
      if (!passing || attempt === WINDOWS_RENAMES) {
        throw provesNothingHappened(cause) ? cause : new UncertainWrite(cause)
      }
      yield* wait(pause(2 ** (attempt - 1)))
    }
  }
}

/** ENOENT at the rename. At the opening of the temporary file it means that the directory is gone. */
function isTempGone(error: unknown): boolean {
  return error instanceof UncertainWrite && codeOf(error.cause) === 'ENOENT'
}

function* unlinkQuietly(files: Files, temp: string): Steps<void> {
  try {
    yield* wait(files.unlink(temp))
  } catch {
    // It is gone, or cannot be deleted now: a later open sweeps it, and the first error is the one to tell.
  }
}
