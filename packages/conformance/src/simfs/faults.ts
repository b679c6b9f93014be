import type { Operation, SimFsCall } from './operation.ts'

/** Where a fault strikes: at the calls that fit all of what is given, and at each call when nothing is. */
export interface FaultPlace {
  /** From this operation on, as `SimFs.operationCount` counts them: 0 is the first. */
  readonly operation?: number
  readonly call?: SimFsCall
  readonly path?: RegExp
  /** How many calls it strikes. Default 1; `Infinity` for a disk that stays broken. */
  readonly times?: number
}

/**
 * A call that throws. What it leaves:
 *
 * - `fsyncSync` of a file: the un-synced bytes are lost, though they can be read until the crash; the next `fsync`
 *   succeeds without them (Linux does so: "fsyncgate", 2018). Of a directory: its changes stay un-synced, and
 *   the next one can still sync them.
 * - `closeSync`: the descriptor is closed and the un-synced bytes are gone at once (NFS, quotas).
 * - any other: nothing happened, or with `applied` all of it did and only the answer was lost.
 */
export interface FailingFault extends FaultPlace {
  readonly code: FaultCode
  readonly applied?: boolean
}

/** A `readSync` or `writeSync` that takes at most so many bytes and says so. */
export interface ShortFault extends FaultPlace {
  readonly bytes: number
}

export type Fault = FailingFault | ShortFault

export type FaultCode =
  | 'EIO'
  | 'ENOSPC'
  | 'EDQUOT'
  | 'EMFILE'
  | 'EACCES'
  | 'EBUSY'
  | 'EPERM'
  | 'EROFS'
  | 'ENOENT'

/** Faults that wait for their calls. */
export class Faults {
  #waiting: { fault: Fault; times: number }[] = []

  add(fault: Fault): void {
    const { times = 1 } = fault
    if (!(times > 0)) throw new RangeError(`SimFs: a fault strikes at least once, not ${times} times`)
    this.#waiting.push({ fault, times })
  }

  clear(): void {
    this.#waiting = []
  }

  /** The first fault that fits, and one of its times is used up. */
  take(number: number, { call, path }: Operation): Fault | undefined {
    const found = this.#waiting.find(
      ({ fault }) =>
        number >= (fault.operation ?? 0) &&
        (fault.call ?? call) === call &&
        (fault.path?.test(path) ?? true) &&
        (!('bytes' in fault) || call === 'writeSync' || call === 'readSync'),
    )
    if (found === undefined) return undefined
    found.times--
    if (found.times <= 0) this.#waiting = this.#waiting.filter((other) => other !== found)
    return found.fault
  }
}

/** What can befall a call on a real system, worth trying in its place. The last is a disk that stays broken. */
export function faultsOf(call: SimFsCall): readonly Fault[] {
  return [...POSSIBLE[call], { code: 'EIO', times: Number.POSITIVE_INFINITY }]
}

const POSSIBLE: Record<SimFsCall, readonly Fault[]> = {
  openSync: codes('EIO', 'ENOSPC', 'EDQUOT', 'EMFILE', 'EACCES'),
  closeSync: codes('EIO', 'ENOSPC', 'EDQUOT'),
  readSync: [...codes('EIO'), { bytes: 1 }, { bytes: 7 }],
  writeSync: [...codes('EIO', 'ENOSPC', 'EDQUOT'), { bytes: 1 }, { bytes: 7 }],
  fsyncSync: codes('EIO', 'ENOSPC', 'EDQUOT'),
  fstatSync: codes('EIO'),
  lstatSync: codes('EIO', 'EACCES'),
  renameSync: [
    ...codes('EIO', 'ENOSPC', 'EDQUOT', 'EACCES'),
    { code: 'EIO', applied: true },
    { code: 'EBUSY', times: 3 },
  ],
  unlinkSync: [...codes('EIO', 'EACCES'), { code: 'EIO', applied: true }],
  mkdirSync: codes('EIO', 'ENOSPC', 'EDQUOT', 'EACCES'),
  readdirSync: codes('EIO', 'EMFILE', 'EACCES'),
}

function codes(...list: FaultCode[]): FailingFault[] {
  return list.map((code) => ({ code }))
}
