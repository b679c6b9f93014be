import {
  closeQuietly,
  codeOf,
  CREATE_NEW,
  FILE_MODE,
  type FileSystem,
  isPresent,
  READ_DIRECTORY,
} from './file-system.ts'
import type { TempNames } from './temp-name.ts'
import { UncertainWrite } from './translate-error.ts'

/** How to write: where, under which temporary names, and whether the disk has to have it. */
export interface WriteProtocol {
  readonly fileSystem: FileSystem
  readonly tempNames: TempNames
  /** True for `'power'`: files and directories are synced. */
  readonly synced: boolean
}

/**
 * Puts `bytes` at `directory/name`, in one step that a reader sees whole or not at all: a new temporary file
 * in the same directory, all bytes, `fsync`, `close`, `rename`. It lasts once `syncDirectory` has returned,
 * called after it.
 *
 * Throws what the file system threw when nothing changed, `UncertainWrite` when that is not known. An `fsync`
 * that failed is not tried again: the kernel may have dropped the pages, and a second one would succeed over
 * them. A temporary file that is gone at the rename (another process took it for a crashed one's) is written
 * anew.
 */
export function replaceFile(
  protocol: WriteProtocol,
  directory: string,
  name: string,
  bytes: Uint8Array,
): void {
  const { fileSystem, tempNames } = protocol
  for (let attempt = 1; ; attempt++) {
    try {
      const temp = `${directory}/${tempNames.next()}`
      writeTemp(protocol, temp, bytes)
      renameTemp(fileSystem, temp, `${directory}/${name}`)
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
 * Unlinks `directory/name`; whether it was there. It lasts once `syncDirectory` has returned, called after
 * it.
 */
export function unlinkFile({ fileSystem }: WriteProtocol, directory: string, name: string): boolean {
  try {
    fileSystem.unlinkSync(`${directory}/${name}`)
    return true
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT' && isPresent(fileSystem, directory)) return false
    throw provesNothingHappened(cause) ? cause : new UncertainWrite(cause)
  }
}

/**
 * Runs `change`, which renames or unlinks in `directory`, and makes it last: one sync, also when `change`
 * found nothing to do, for an earlier try may have done it and failed to sync.
 */
export function changeDurably<T>(protocol: WriteProtocol, directory: string, change: () => T): T {
  const descriptor = openDirectory(protocol, directory)
  try {
    const result = change()
    syncDirectory(protocol, descriptor)
    return result
  } finally {
    closeDirectory(protocol, descriptor)
  }
}

/**
 * Opens a directory that will be synced. Before the rename, so that a failure to open it is one that changed
 * nothing. Windows has no way to sync a directory, and where nothing is synced there is nothing to open:
 * `undefined`.
 */
export function openDirectory(protocol: WriteProtocol, directory: string): number | undefined {
  if (!protocol.synced || process.platform === 'win32') return undefined
  return protocol.fileSystem.openSync(directory, READ_DIRECTORY)
}

/** Makes all renames and unlinks that returned before it last. Throws `UncertainWrite`. */
export function syncDirectory(protocol: WriteProtocol, descriptor: number | undefined): void {
  if (descriptor === undefined) return
  try {
    protocol.fileSystem.fsyncSync(descriptor)
  } catch (cause) {
    throw new UncertainWrite(cause)
  }
}

export function closeDirectory(protocol: WriteProtocol, descriptor: number | undefined): void {
  if (descriptor !== undefined) closeQuietly(protocol.fileSystem, descriptor)
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
function writeTemp({ fileSystem, synced }: WriteProtocol, temp: string, bytes: Uint8Array): void {
  const descriptor = fileSystem.openSync(temp, CREATE_NEW, FILE_MODE)
  let open = true
  try {
    let written = 0
    while (written < bytes.length) {
      const count = fileSystem.writeSync(descriptor, bytes, written, bytes.length - written)
      if (count === 0) throw new Error('the file system takes no more bytes, and does not say why')
      written += count
    }
    if (synced) fileSystem.fsyncSync(descriptor)
    // Counts as closed even when it fails: the number may be another file's by then. Some file systems fail
    // only here.
    open = false
    fileSystem.closeSync(descriptor)
  } catch (error) {
    // Nobody has seen this file; without it the store is as it was.
    if (open) closeQuietly(fileSystem, descriptor)
    unlinkQuietly(fileSystem, temp)
    throw error
  }
}

/**
 * On Windows, and there alone, a scanner or a reader that has the target open makes a rename fail for a
 * while.
 */
function renameTemp(fileSystem: FileSystem, temp: string, file: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      fileSystem.renameSync(temp, file)
      return
    } catch (cause) {
      const code = codeOf(cause)
      const passing = process.platform === 'win32' && (code === 'EPERM' || code === 'EBUSY')
      if (!passing || attempt === WINDOWS_RENAMES) {
        unlinkQuietly(fileSystem, temp)
        throw provesNothingHappened(cause) ? cause : new UncertainWrite(cause)
      }
      sleep(2 ** (attempt - 1))
    }
  }
}

/** ENOENT at the rename. At the opening of the temporary file it means that the directory is gone. */
function isTempGone(error: unknown): boolean {
  return error instanceof UncertainWrite && codeOf(error.cause) === 'ENOENT'
}

function unlinkQuietly(fileSystem: FileSystem, temp: string): void {
  try {
    fileSystem.unlinkSync(temp)
  } catch {
    // It is gone, or cannot be deleted now: a later open sweeps it, and the first error is the one to tell.
  }
}

function sleep(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs)
}
