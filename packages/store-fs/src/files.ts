import type { Awaitable } from '@wt/core'
import type { FileStatus, FileSystem } from './file-system.ts'
import { codeOf } from './file-system.ts'
import { type Steps, wait } from './steps.ts'

/** What the protocols ask of a file system, which may answer now or later. An `AsyncFileSystem` is one as it is. */
export interface Files {
  open(path: string, flags: number, mode?: number): Awaitable<OpenFile>
  /** Fails with `ENOENT` when there is nothing. */
  lstat(path: string): Awaitable<FileStatus>
  rename(from: string, to: string): Awaitable<void>
  unlink(path: string): Awaitable<void>
  mkdir(
    path: string,
    options: { readonly recursive: boolean; readonly mode: number },
  ): Awaitable<string | undefined>
  readdir(path: string): Awaitable<string[]>
}

export interface OpenFile {
  read(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: null,
  ): Awaitable<{ readonly bytesRead: number }>
  write(bytes: Uint8Array, offset: number, length: number): Awaitable<{ readonly bytesWritten: number }>
  sync(): Awaitable<void>
  stat(): Awaitable<FileStatus>
  close(): Awaitable<void>
}

/** A file system that answers at once. */
export function filesOf(fileSystem: FileSystem): Files {
  return {
    open: (path, flags, mode) => new SyncFile(fileSystem, fileSystem.openSync(path, flags, mode)),
    lstat(path) {
      const status = fileSystem.lstatSync(path, { throwIfNoEntry: false })
      if (status === undefined) throw NOTHING_THERE
      return status
    },
    rename: (from, to) => fileSystem.renameSync(from, to),
    unlink: (path) => fileSystem.unlinkSync(path),
    mkdir: (path, options) => fileSystem.mkdirSync(path, options),
    readdir: (path) => fileSystem.readdirSync(path),
  }
}

/** What is at `path` itself, also when that is a symbolic link; `undefined` when there is nothing. */
export function* statusOf(files: Files, path: string): Steps<FileStatus | undefined> {
  try {
    return yield* wait(files.lstat(path))
  } catch (cause) {
    // Absence is an answer; every other failure is not.
    if (codeOf(cause) === 'ENOENT') return undefined
    throw cause
  }
}

/**
 * Whether `directory` is there: a file that is absent from one that is gone, or not mounted, says nothing.
 */
export function* isPresent(files: Files, directory: string): Steps<boolean> {
  return (yield* statusOf(files, directory))?.isDirectory() === true
}

/** For a file through which nothing was written, or that is given up. */
export function* closeQuietly(file: OpenFile): Steps<void> {
  try {
    yield* wait(file.close())
  } catch {
    // Nothing can be lost by this close, and where an error is under way, that one is what the caller needs.
  }
}

class SyncFile implements OpenFile {
  readonly #fileSystem: FileSystem
  readonly #descriptor: number

  constructor(fileSystem: FileSystem, descriptor: number) {
    this.#fileSystem = fileSystem
    this.#descriptor = descriptor
  }

  read(bytes: Uint8Array, offset: number, length: number, position: null): { readonly bytesRead: number } {
    return { bytesRead: this.#fileSystem.readSync(this.#descriptor, bytes, offset, length, position) }
  }

  write(bytes: Uint8Array, offset: number, length: number): { readonly bytesWritten: number } {
    return { bytesWritten: this.#fileSystem.writeSync(this.#descriptor, bytes, offset, length) }
  }

  sync(): void {
    this.#fileSystem.fsyncSync(this.#descriptor)
  }

  stat(): FileStatus {
    return this.#fileSystem.fstatSync(this.#descriptor)
  }

  close(): void {
    this.#fileSystem.closeSync(this.#descriptor)
  }
}

/** Caught by `statusOf`; one for all, because a stack trace costs more than the call. */
const NOTHING_THERE = Object.assign(new Error('ENOENT: no such file or directory'), { code: 'ENOENT' })
