import nodeFileSystem from 'node:fs'
import nodePromises from 'node:fs/promises'

/**
 * What the store asks of a file system: a structural subset of `node:fs`, so that a test can hand in another.
 * Flags are the numbers of `node:fs`'s `constants`; failures are thrown with the `code` that Node gives them.
 */
export interface FileSystem {
  openSync(path: string, flags: number, mode?: number): number
  closeSync(descriptor: number): void
  /** Reads at the descriptor's own place, which is what `null` says; 0 is the end of the file. */
  readSync(
    descriptor: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): number
  /** Writes at the descriptor's own place; how many bytes it took, which may be fewer than `length`. */
  writeSync(descriptor: number, bytes: Uint8Array, offset: number, length: number): number
  fsyncSync(descriptor: number): void
  fstatSync(descriptor: number): FileStatus
  /** Of the path itself, also when it is a symbolic link; `undefined` when there is nothing. */
  lstatSync(path: string, options: { readonly throwIfNoEntry: false }): FileStatus | undefined
  renameSync(from: string, to: string): void
  unlinkSync(path: string): void
  /** With `recursive`: the first directory that it made, `undefined` when all were there. */
  mkdirSync(path: string, options: { readonly recursive: boolean; readonly mode: number }): string | undefined
  readdirSync(path: string): string[]
}

/** The same for `AsyncFsStore`: a structural subset of `node:fs/promises`. */
export interface AsyncFileSystem {
  open(path: string, flags: number, mode?: number): Promise<AsyncFile>
  /** Of the path itself, also when it is a symbolic link. Rejects with `ENOENT` when there is nothing. */
  lstat(path: string): Promise<FileStatus>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  /** With `recursive`: the first directory that it made, `undefined` when all were there. */
  mkdir(
    path: string,
    options: { readonly recursive: boolean; readonly mode: number },
  ): Promise<string | undefined>
  readdir(path: string): Promise<string[]>
}

/** An open file: what the store needs of a `FileHandle`. Closed also when `close` rejects. */
export interface AsyncFile {
  /** Reads at the file's own place, which is what `null` says; 0 is the end of the file. */
  read(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: null,
  ): Promise<{ readonly bytesRead: number }>
  /** Writes at the file's own place; how many bytes it took, which may be fewer than `length`. */
  write(bytes: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>
  sync(): Promise<void>
  stat(): Promise<FileStatus>
  close(): Promise<void>
}

export interface FileStatus {
  readonly size: number
  readonly mtimeMs: number
  isDirectory(): boolean
}

/** The machine's own. Looked up at each call, so that what others patch into `node:fs` is seen. */
export const realFileSystem: FileSystem = nodeFileSystem
export const realAsyncFileSystem: AsyncFileSystem = nodePromises

const {
  O_RDONLY,
  O_WRONLY,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW = 0,
  O_NONBLOCK = 0,
  O_DIRECTORY = 0,
} = constantsHere()

/** A symbolic link in a record's place is refused, and a pipe there does not make the reader wait. */
export const READ_RECORD: number = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
/** Never a file that is there already, nor one behind a link. */
export const CREATE_NEW: number = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
/** For a sync of one of the store's directories: a directory and nothing else. */
export const READ_DIRECTORY: number = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
/** The same above the store, where the user's path may hold links. */
export const READ_ANCESTOR: number = O_RDONLY | O_DIRECTORY

export const FILE_MODE = 0o600
export const DIRECTORY_MODE = 0o700

/** The code of a file-system error, such as `'ENOENT'`; `undefined` for any other. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** Some of them are missing on Windows, whatever the types say. */
function constantsHere(): Record<'O_RDONLY' | 'O_WRONLY' | 'O_CREAT' | 'O_EXCL', number> &
  Partial<Record<'O_NOFOLLOW' | 'O_NONBLOCK' | 'O_DIRECTORY', number>> {
  return nodeFileSystem.constants
}
