import { type Codec, keyText } from '@wt/core'
import type { AsyncFileSystem, FileSystem } from './file-system.ts'

export interface FsStoreOptions<V> extends DirectoryOptions<V> {
  /** In place of `node:fs`, for tests. */
  readonly fileSystem?: FileSystem
}

export interface AsyncFsStoreOptions<V> extends DirectoryOptions<V> {
  /** In place of `node:fs/promises`, for tests. */
  readonly fileSystem?: AsyncFileSystem
}

/** What both stores are told of the directory that they share. */
export interface DirectoryOptions<V> {
  /** The directory of the store, made with its parents when it is missing. Give it to nothing else. */
  readonly path: string
  /** How values become bytes. Default `json()`, which refuses what JSON would lose. */
  readonly codec?: Codec<V>
  /**
   * What an acknowledged write survives. Default `'power'`: every write waits for the disk twice, for the
   * file and for its directory. `'process'` waits for neither: much faster, and a power cut may take the last
   * seconds of writes or leave a record that is `CORRUPT`.
   */
  readonly durability?: 'power' | 'process'
}

/** Throws `TypeError` or `RangeError` for what is no option of a store. */
export function checkFsStoreOptions<V>(options: FsStoreOptions<V>): FsStoreOptions<V> {
  checkDirectoryOptions('FsStore', options)
  const { fileSystem } = options
  if (fileSystem !== undefined && typeof fileSystem?.openSync !== 'function') {
    throw new TypeError('FsStore: fileSystem has the functions of node:fs that its type names')
  }
  return options
}

/** Throws `TypeError` or `RangeError` for what is no option of a store. */
export function checkAsyncFsStoreOptions<V>(options: AsyncFsStoreOptions<V>): AsyncFsStoreOptions<V> {
  checkDirectoryOptions('AsyncFsStore', options)
  const { fileSystem } = options
  // What is like node:fs has an `open` too, which wants a callback.
  if (fileSystem !== undefined && (typeof fileSystem?.open !== 'function' || 'openSync' in fileSystem)) {
    throw new TypeError('AsyncFsStore: fileSystem has the functions of node:fs/promises that its type names')
  }
  return options
}

function checkDirectoryOptions<V>(store: string, { path, codec, durability }: DirectoryOptions<V>): void {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new TypeError(`${store}: path is the name of a directory, not ${keyText(path)}`)
  }
  if (codec !== undefined && !(typeof codec?.encode === 'function' && typeof codec.decode === 'function')) {
    throw new TypeError(`${store}: codec is an object with encode and decode, such as json() or bytes()`)
  }
  if (durability !== undefined && durability !== 'power' && durability !== 'process') {
    const message = `${store}: durability is 'power' or 'process', not ${keyText(durability)}; for what need survive nothing there is InMemoryStore`
    throw new RangeError(message)
  }
}
