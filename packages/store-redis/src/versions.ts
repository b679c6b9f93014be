import { createHash } from 'node:crypto'
import { newVersion } from '@wt/core'
import type { Command } from './link.ts'

/**
 * An entry that has a version is one string: the mark, the version's 16 bytes, the value. No text begins with the mark, which is
 * no UTF-8. What another program has set has no mark: its version is a hash of it, and comes back when the same is set again.
 */
const MARK = Buffer.from([0xff, 0x77, 0x74, 0x31])
const HEAD_BYTES = MARK.length + 16
const VERSION = /^[0-9a-f]{32}$/

/** What is stored for a value: with a version that nobody had, or the one given. */
export function withVersion(valueBytes: Buffer, version: string = newVersion()): Buffer {
  return Buffer.concat([headOf(version), valueBytes])
}

/** A `TypeError` unless it is one that `newVersion` of `@wt/core` made. */
export function checkVersion(version: unknown): void {
  if (typeof version === 'string' && VERSION.test(version)) return
  throw new TypeError('RedisStore: storeIf takes a version that newVersion of @wt/core made')
}

/** The value in a stored string. */
export function valueIn(stored: Buffer): Buffer {
  return hasHead(stored) ? stored.subarray(HEAD_BYTES) : stored
}

/** The version of a stored string. */
export function versionIn(stored: Buffer): string {
  if (hasHead(stored)) return stored.toString('hex', MARK.length, HEAD_BYTES)
  return createHash('sha1').update(stored).digest('hex')
}

/** Answers 1 and sets the entry if its version is `expected`, or if there is none and nothing is expected; else 0. */
export function storeIfCommand(
  name: string,
  stored: Buffer,
  expected: string | undefined,
  expireAfterMs: number | undefined,
): Command {
  const expiry = expireAfterMs === undefined ? [] : ['PX', String(expireAfterMs)]
  return ['EVAL', STORE_IF, '1', name, comparable(expected), stored, ...expiry]
}

/** Answers 1 and removes the entry if its version is `expected`; else 0. */
export function removeIfCommand(name: string, expected: string): Command {
  return ['EVAL', REMOVE_IF, '1', name, comparable(expected)]
}

/** Nothing else comes between what a script reads and what it writes. It ends early unless the version is as expected. */
const COMPARE = `
local version = redis.call('GETRANGE', KEYS[1], 0, ${HEAD_BYTES - 1})
if #version < ${HEAD_BYTES} or string.sub(version, 1, 4) ~= '\\255wt1' then
  local value = redis.call('GET', KEYS[1])
  version = value and redis.sha1hex(value) or ''
end
if version ~= ARGV[1] then return 0 end`

const STORE_IF = `${COMPARE}
if ARGV[3] then redis.call('SET', KEYS[1], ARGV[2], ARGV[3], ARGV[4]) else redis.call('SET', KEYS[1], ARGV[2]) end
return 1`

const REMOVE_IF = `${COMPARE}
return redis.call('DEL', KEYS[1])`

/** A version as the scripts have it: the head of an entry, or the hash of one without, or nothing. */
function comparable(version: string | undefined): string | Buffer {
  return version !== undefined && VERSION.test(version) ? headOf(version) : (version ?? '')
}

function headOf(version: string): Buffer {
  return Buffer.concat([MARK, Buffer.from(version, 'hex')])
}

function hasHead(stored: Buffer): boolean {
  return stored.length >= HEAD_BYTES && stored.subarray(0, MARK.length).equals(MARK)
}
