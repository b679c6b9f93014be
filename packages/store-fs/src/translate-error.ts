import { type Applied, keyText, StoreError, type StoreErrorCode } from '@wt/core'
import { codeOf } from './file-system.ts'
import { RecordDamage } from './record.ts'
import type { Steps } from './steps.ts'

/**
 * Wraps an error of the step that makes a write visible, or of a later one, unless it proves that nothing
 * happened.
 */
export class UncertainWrite extends Error {
  constructor(cause: unknown) {
    super('the write may have taken effect', { cause })
  }
}

/** Takes the steps of a write of `key`, whose failures become what they are to its caller. */
export function* writing<T>(operation: string, key: string, steps: Steps<T>): Steps<T> {
  try {
    return yield* steps
  } catch (cause) {
    throw translateWriteError(operation, key, cause)
  }
}

/** The same for a read. */
export function* reading<T>(operation: string, key: string, steps: Steps<T>): Steps<T> {
  try {
    return yield* steps
  } catch (cause) {
    throw translateReadError(operation, key, cause)
  }
}

/** What a failed write of `key` is to its caller. */
export function translateWriteError(operation: string, key: string, error: unknown): StoreError {
  if (StoreError.is(error)) return error
  const applied: Applied = error instanceof UncertainWrite ? 'unknown' : 'no'
  const cause = error instanceof UncertainWrite ? error.cause : error
  const [code, help] = WRITE_ERRORS[codeOf(cause) ?? ''] ?? (['WRITE_FAILURE', 'see its cause'] as const)
  const state = applied === 'no' ? 'nothing was changed' : 'it may have been applied all the same'
  return new StoreError(code, `${subject(operation, key)}: ${reason(cause)}; ${state}; ${help}`, {
    key,
    cause,
    applied,
  })
}

/** What a failed read is to its caller: damage is `CORRUPT`, the medium's failure `READ_FAILURE`. */
export function translateReadError(operation: string, key: string | undefined, error: unknown): StoreError {
  if (StoreError.is(error)) return error
  const damage = error instanceof RecordDamage ? error.message : NO_RECORD[codeOf(error) ?? '']
  if (damage !== undefined) {
    const help = 'put the key again to replace it, or remove it'
    return corrupt(`${subject(operation, key)}: the record is damaged: ${damage}; ${help}`, key, error)
  }
  const help = READ_ERRORS[codeOf(error) ?? ''] ?? 'see its cause'
  return new StoreError('READ_FAILURE', `${subject(operation, key)}: ${reason(error)}; ${help}`, {
    key,
    cause: error,
    applied: 'no',
  })
}

/**
 * A store that cannot be opened is `UNAVAILABLE`, whatever the reason: there is none yet that could be full
 * or damaged.
 */
export function translateOpenError(root: string, error: unknown): StoreError {
  if (StoreError.is(error)) return error
  const message = `open: there can be no store at ${root}: ${reason(error)}; give a directory that can be made, listed and written`
  return new StoreError('UNAVAILABLE', message, { cause: error, applied: 'no' })
}

export function closed(store: string, operation: string, key: string | undefined): StoreError {
  const message = `${subject(operation, key)}: this ${store} was closed; open another`
  return new StoreError('CLOSED', message, { key })
}

/** Of a call that had not begun. */
export function aborted(operation: string, key: string | undefined): StoreError {
  const message = `${subject(operation, key)}: its signal aborted before it had begun; nothing was changed`
  return new StoreError('ABORTED', message, { key, applied: 'no' })
}

export function corrupt(message: string, key: string | undefined, cause: unknown): StoreError {
  return new StoreError('CORRUPT', message, { key, cause, applied: 'no' })
}

/** `store of "user42"`, as messages begin. */
export function subject(operation: string, key: string | undefined): string {
  return key === undefined ? operation : `${operation} of ${keyText(key)}`
}

const NO_ROOM = ['STORE_FULL', 'remove some keys, or give the file system more room'] as const
const NO_RIGHT = ['READ_ONLY', 'give this process the right to write in the directory of the store'] as const
const TOO_MANY_OPEN = 'raise the limit of open files (ulimit -n)'
const DIRECTORY_GONE = 'is the directory of the store still there, and mounted? If not, open the store again'

const WRITE_ERRORS: Record<string, readonly [StoreErrorCode, string]> = {
  ENOSPC: NO_ROOM,
  EDQUOT: NO_ROOM,
  EACCES: NO_RIGHT,
  EPERM: NO_RIGHT,
  EROFS: ['READ_ONLY', 'the file system is mounted read-only'],
  EMFILE: ['WRITE_FAILURE', TOO_MANY_OPEN],
  ENFILE: ['WRITE_FAILURE', TOO_MANY_OPEN],
  ENOENT: ['WRITE_FAILURE', DIRECTORY_GONE],
  EIO: ['WRITE_FAILURE', 'the disk failed: look at it before you write more'],
  EISDIR: ['WRITE_FAILURE', 'something that is not the store’s lies in the place of the record'],
}

const READ_ERRORS: Record<string, string> = {
  EACCES: 'give this process the right to read the directory of the store',
  EPERM: 'give this process the right to read the directory of the store',
  EMFILE: TOO_MANY_OPEN,
  ENFILE: TOO_MANY_OPEN,
  ENOENT: DIRECTORY_GONE,
  EIO: 'the disk failed: look at it',
}

/** What opening or reading says of something in a record's place that is no file. */
const NO_RECORD: Record<string, string> = {
  ELOOP: 'a symbolic link is in its place, which is not followed',
  EMLINK: 'a symbolic link is in its place, which is not followed',
  EISDIR: 'a directory is in its place',
  ENXIO: 'a socket or device is in its place',
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
