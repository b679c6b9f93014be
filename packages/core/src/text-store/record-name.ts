import { hash } from 'node:crypto'

// No `.`: no trailing dot, no `..`, no extension. No `~`: never the short name that Windows gives to another file.
const TAME_KEY = /^[a-z0-9_-]{1,64}$/
const NAME = /^(?:key-[a-z0-9_-]{1,64}|hash-[0-9a-f]{64})$/

/**
 * A name for a well-formed key that every medium can hold: lower-case ASCII letters, digits, `-` and `_`, at most 69
 * characters, different for different keys also where case or Unicode forms do not count, and their prefix makes `con` or
 * `nul` ordinary. A short tame key is readable in it, `key-user42`; of any other it is the SHA-256 of its UTF-8 bytes,
 * `hash-9f86d0…`.
 */
export function recordName(key: string): string {
  return TAME_KEY.test(key) ? `key-${key}` : `hash-${hash('sha256', key, 'hex')}`
}

/** The key that a name shows; `'hashed'` when only its record knows; `undefined` when it is no such name. */
export function keyOfRecordName(name: string): { readonly key: string } | 'hashed' | undefined {
  if (!NAME.test(name)) return undefined
  return name.startsWith('hash-') ? 'hashed' : { key: name.slice('key-'.length) }
}
