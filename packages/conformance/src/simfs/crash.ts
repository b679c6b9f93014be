import type { Disk } from './disk.ts'
import type { LoggedOperation } from './operation.ts'
import { countStates, selection } from './selection.ts'
import { type CrashProfile, Unsynced } from './unsynced.ts'

export interface CrashOptions {
  readonly profile: CrashProfile
  /** How many operations were done before the crash. Default: all so far. */
  readonly operation?: number
  /** Which disks are looked at where there are too many to look at all. Default 1. */
  readonly seed?: number
  /** Up to so many disks are all given; of more, `samples`. Default 256. */
  readonly exhaustiveUpTo?: number
  /** Default 64. The first are the corners: nothing kept, all, each change alone, each alone missing. */
  readonly samples?: number
}

export interface CrashDisk {
  readonly state: number
  readonly disk: Disk
  readonly fingerprint: string
}

/** The disks which a crash may leave, equal ones given once. Throws `RangeError` for wrong options. */
export function* crashDisks(
  initial: Disk,
  operations: readonly LoggedOperation[],
  options: CrashOptions,
): Generator<CrashDisk> {
  const { operation = operations.length, seed = 1, exhaustiveUpTo = 256, samples = 64 } = options
  if (!(Number.isInteger(operation) && operation >= 0 && operation <= operations.length)) {
    throw new RangeError(`SimFs: a crash comes after 0 to ${operations.length} operations, not ${operation}`)
  }
  const unsynced = new Unsynced(initial, options.profile)
  for (const done of operations.slice(0, operation)) unsynced.advance(done)
  const pieces = unsynced.pieces()
  const counts = pieces.map((piece) => piece.options)
  const states = countStates(counts, { exhaustiveUpTo, samples })
  const seen = new Set<string>()
  for (let state = 0; state < states; state++) {
    const disk = unsynced.certain.copy()
    const chosen = selection(counts, state, { exhaustiveUpTo, seed: seed + operation })
    for (const [index, piece] of pieces.entries()) piece.apply(disk, chosen[index] as number)
    const fingerprint = disk.fingerprint()
    if (seen.has(fingerprint)) continue
    seen.add(fingerprint)
    yield { state, disk: disk.reachable(), fingerprint }
  }
}
