import { hash } from 'node:crypto'

/** Where a key's record is, within the directory of the layout. */
export interface KeyPath {
  /** One of `SHARDS`. */
  readonly shard: string
  readonly name: string
}

/**
 * The records are spread over sixteen directories, all made when the store is. At a million keys each has
 * some 62,000 names, which is what `keys()` holds at a time; more directories would make opening slower and
 * never a put faster.
 */
export const SHARDS: readonly string[] = [...'0123456789abcdef']

// No `.`: no trailing dot, no `..`, no extension. No `~`: never the short name that Windows gives to another
// file.
const TAME_KEY = /^[a-z0-9_-]{1,64}$/
const TAME_NAME = /^key-[a-z0-9_-]{1,64}$/
const HASHED_NAME = /^hash-[0-9a-f]{64}$/

/**
 * The place of a well-formed key. Different keys have different places on every file system: names are
 * lower-case ASCII, at most 69 characters, and their prefix makes `con` or `nul` ordinary. A short tame key
 * is readable in its name, `key-user42`; any other is the SHA-256 of its UTF-8 bytes, `hash-9f86d0…`. The
 * shard is the first hex digit of that same hash.
 */
export function keyPath(key: string): KeyPath {
  const digest = hash('sha256', key, 'hex')
  return { shard: digest[0] as string, name: TAME_KEY.test(key) ? `key-${key}` : `hash-${digest}` }
}

/**
 * What a name in `shard` says of its key: the key itself, `'hashed'` when only the record knows it,
 * `undefined` when no key has this place (a temporary file, or one that is not the store's).
 */
export function keyOfName(shard: string, name: string): { readonly key: string } | 'hashed' | undefined {
  if (HASHED_NAME.test(name)) return name.startsWith(`hash-${shard}`) ? 'hashed' : undefined
  if (!TAME_NAME.test(name)) return undefined
  const key = name.slice('key-'.length)
  return keyPath(key).shard === shard ? { key } : undefined
}
