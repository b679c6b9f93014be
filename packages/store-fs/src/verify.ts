import type { StoreError } from '@wt/core'
import type { Files } from './files.ts'
import { keyOfName } from './key-path.ts'
import { checkName, readKey, readRecord } from './read-record.ts'
import type { Steps } from './steps.ts'
import { translateReadError } from './translate-error.ts'
import { type Ground, type Look, walk, walkLater } from './walk.ts'

/** What `verify` found. */
export interface Verification {
  /** How many records there are, the damaged ones too. */
  checked: number
  /** A `CORRUPT` for each damaged record, with its key where that can be told; the message names the file. */
  damaged: StoreError[]
}

/** Throws a `StoreError` when a value that was read whole is none. */
export type CheckValue = (operation: string, key: string, value: Uint8Array) => unknown

/** Reads every record whole. Throws `READ_FAILURE` at the first that cannot be read. */
export function verifyRecords(ground: Ground, checkValue: CheckValue): Verification {
  const found: Verification = { checked: 0, damaged: [] }
  for (const state of walk('verify', ground, stateOf(checkValue))) count(found, state)
  return found
}

/** The same for those who wait. */
export async function verifyRecordsLater(
  ground: Ground,
  checkValue: CheckValue,
  run: <R>(steps: Steps<R>) => Promise<R>,
): Promise<Verification> {
  const found: Verification = { checked: 0, damaged: [] }
  for await (const state of walkLater('verify', ground, stateOf(checkValue), run)) count(found, state)
  return found
}

type State = 'whole' | StoreError

function count(found: Verification, state: State): void {
  found.checked++
  if (state !== 'whole') found.damaged.push(state)
}

function stateOf(checkValue: CheckValue): Look<State> {
  return function* state(files, { shard, directory, name }) {
    const known = keyOfName(shard, name)
    if (known === undefined) return undefined
    const operation = `verify, reading ${directory}/${name}`
    try {
      const record = yield* readRecord(files, directory, name)
      // Removed since the directory was listed.
      if (record === undefined) return undefined
      checkName(record.key, name)
      checkValue(operation, record.key, record.value)
      return 'whole'
    } catch (cause) {
      const key = known === 'hashed' ? yield* keyInHeader(files, directory, name) : known.key
      const error = translateReadError(operation, key, cause)
      // That a record cannot be read says nothing about it, nor would a report without it.
      if (error.code !== 'CORRUPT') throw error
      return error
    }
  }
}

/** The key of a damaged record, if that part of it is whole: it is checked against the name, which is its hash. */
function* keyInHeader(files: Files, directory: string, name: string): Steps<string | undefined> {
  try {
    return yield* readKey(files, directory, name)
  } catch {
    // Damaged in its key or before: the file's name has to do.
    return undefined
  }
}
