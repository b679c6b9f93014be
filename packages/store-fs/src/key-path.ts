import { hash } from 'node:crypto'
import { keyOfRecordName, recordName } from '@wt/core/node'

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

/**
 * The place of a well-formed key. Different keys have different places on every file system: a name is a `recordName`, and its
 * shard the first hex digit of the SHA-256 of the key.
 */
export function keyPath(key: string): KeyPath {
  const name = recordName(key)
  const digest = name.startsWith(HASHED) ? name.slice(HASHED.length) : hash('sha256', key, 'hex')
  return { shard: digest[0] as string, name }
}

/**
 * What a name in `shard` says of its key: the key itself, `'hashed'` when only the record knows it,
 * `undefined` when no key has this place (a temporary file, or one that is not the store's).
 */
export function keyOfName(shard: string, name: string): { readonly key: string } | 'hashed' | undefined {
  const known = keyOfRecordName(name)
  if (known === undefined) return undefined
  const belongs = known === 'hashed' ? name.startsWith(HASHED + shard) : keyPath(known.key).shard === shard
  return belongs ? known : undefined
}

/** How the name of a key begins that is its hash. */
const HASHED = 'hash-'
