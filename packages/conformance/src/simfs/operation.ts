import type { Effect, FileInode } from './disk.ts'

/** The functions of `node:fs` that SimFs has. */
export type SimFsCall =
  | 'openSync'
  | 'closeSync'
  | 'readSync'
  | 'writeSync'
  | 'fsyncSync'
  | 'fstatSync'
  | 'lstatSync'
  | 'renameSync'
  | 'unlinkSync'
  | 'mkdirSync'
  | 'readdirSync'

/** One call of the file system as the log keeps it. A recursive `mkdirSync` is one for each directory of its path. */
export interface Operation {
  readonly call: SimFsCall
  /** What the call names, or what its descriptor was opened with. */
  readonly path: string
  /** The code that it failed with, `undefined` when it succeeded. */
  readonly error?: string | undefined
}

/** An operation with what it meant for the disk. */
export interface LoggedOperation extends Operation {
  error?: string | undefined
  /** What it changes, if the disk gets to see it. */
  readonly effects: Effect[]
  /** The inode that it synced, and of how many operations it covers what they did. */
  synced?: { readonly inode: number; readonly operations: number }
  /** The file whose un-synced bytes it lost (a failed `fsync` or `close`), and what can be read of it. */
  lost?: { readonly inode: number; readonly left: FileInode }
}

/** `renameSync /a/temp -> EIO`, for people. */
export function operationText({ call, path, error }: Operation): string {
  return error === undefined ? `${call} ${path}` : `${call} ${path} -> ${error}`
}
