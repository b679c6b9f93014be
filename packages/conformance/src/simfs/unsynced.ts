import type { Disk, Effect } from './disk.ts'
import type { LoggedOperation } from './operation.ts'

/**
 * What a crash does to that which was not synced. A sync of a file keeps its bytes, one of a directory its names.
 *
 * - `'process'`: nothing, for the system lives on and only the process was killed. Any file system.
 * - `'dropped'`: all of it is lost, one disk. A file system that writes as late as it may: long commit
 *   intervals, write-back over a network.
 * - `'ordered'`: names are kept in the order of their changes, up to any of them; of each file's bytes those of
 *   its first writes, up to any of them, so that a renamed file may be empty; any sync also keeps all changes of
 *   names before it. Journals with delayed allocation: ext4, XFS.
 * - `'adversarial'`: any part of it is kept, in any order: of names each change or not, of bytes each sector of
 *   512 whole, half or not at all, of a file its length before its bytes. What POSIX allows: ext2, FAT, ext4 with
 *   `data=writeback`, disks with a cache of their own. A rename in one directory is never half done.
 */
export type CrashProfile = 'process' | 'dropped' | 'ordered' | 'adversarial'

export const CRASH_PROFILES: readonly CrashProfile[] = ['process', 'dropped', 'ordered', 'adversarial']

/** Something that may be on the disk in part: `options` ways, from 0, nothing of it, to all of it. */
export interface Piece {
  readonly options: number
  apply(disk: Disk, option: number): void
}

/** Follows a log, and knows what is on the disk for certain and what only may be. */
export class Unsynced {
  readonly certain: Disk
  readonly #profile: CrashProfile
  #pending: Pending[] = []
  #operations = 0

  constructor(disk: Disk, profile: CrashProfile) {
    if (!CRASH_PROFILES.includes(profile)) {
      throw new RangeError(`SimFs: a profile is one of ${CRASH_PROFILES.join(', ')}, not ${String(profile)}`)
    }
    this.certain = disk.copy()
    this.#profile = profile
  }

  advance({ effects, lost, synced }: LoggedOperation): void {
    for (const effect of effects) {
      if (effect.type === 'inode' || this.#profile === 'process') this.certain.apply(effect)
      else this.#pending.push({ effect, operation: this.#operations })
    }
    if (lost !== undefined) this.#lose(lost)
    if (synced !== undefined) this.#settle(synced)
    this.#operations++
  }

  /** What may be on the disk beside `certain`, in the order in which it is to be applied. */
  pieces(): Piece[] {
    const effects = this.#pending.map(({ effect }) => effect)
    switch (this.#profile) {
      case 'process':
      case 'dropped':
        return []
      case 'ordered':
        return orderedPieces(effects)
      case 'adversarial':
        return adversarialPieces(effects, this.certain)
    }
  }

  #settle({ inode, operations }: NonNullable<LoggedOperation['synced']>): void {
    const isSettled = ({ effect, operation }: Pending) =>
      operation < operations &&
      (effect.type === 'entries'
        ? effect.directory === inode || this.#profile === 'ordered'
        : effect.inode === inode)
    for (const pending of this.#pending) if (isSettled(pending)) this.certain.apply(pending.effect)
    this.#pending = this.#pending.filter((pending) => !isSettled(pending))
  }

  #lose({ inode, left }: NonNullable<LoggedOperation['lost']>): void {
    if (this.#profile === 'process') {
      this.certain.apply({ type: 'inode', inode, made: left })
      return
    }
    this.#pending = this.#pending.filter(({ effect }) => effect.type === 'entries' || effect.inode !== inode)
    // The length lives elsewhere than the bytes, and can still arrive: over zeros.
    const { bytes, mtimeMs } = left
    if (bytes.length !== this.certain.file(inode).bytes.length) {
      const effect: Effect = { type: 'size', inode, size: bytes.length, mtimeMs }
      this.#pending.push({ effect, operation: this.#operations })
    }
  }
}

/** An effect that is not synced, and the number of its operation. */
interface Pending {
  readonly effect: Effect
  readonly operation: number
}

function orderedPieces(pending: readonly Effect[]): Piece[] {
  const names = pending.filter((effect) => effect.type === 'entries')
  const writes = new Map<number, Effect[]>()
  for (const effect of pending) {
    if (effect.type === 'entries') continue
    const ofFile = writes.get(effect.inode)
    if (ofFile === undefined) writes.set(effect.inode, [effect])
    else ofFile.push(effect)
  }
  return [names, ...writes.values()].filter(({ length }) => length > 0).map(firstOf)
}

function firstOf(effects: readonly Effect[]): Piece {
  return {
    options: effects.length + 1,
    apply(disk, option) {
      for (const effect of effects.slice(0, option)) disk.apply(effect)
    },
  }
}

function adversarialPieces(pending: readonly Effect[], certain: Disk): Piece[] {
  const sizes = new Map<number, number>()
  return pending.flatMap((effect) => {
    if (effect.type !== 'bytes') {
      if (effect.type === 'size') sizes.set(effect.inode, effect.size)
      return [firstOf([effect])]
    }
    const { inode, offset, bytes, mtimeMs } = effect
    const end = offset + bytes.length
    const grows = end > (sizes.get(inode) ?? certain.file(inode).bytes.length)
    if (grows) sizes.set(inode, end)
    return [...(grows ? [growth(inode, end, mtimeMs)] : []), ...sectors(effect)]
  })
}

function growth(inode: number, size: number, mtimeMs: number): Piece {
  return {
    options: 2,
    apply(disk, option) {
      if (option === 1 && disk.file(inode).bytes.length < size)
        disk.apply({ type: 'size', inode, size, mtimeMs })
    },
  }
}

/** The bytes of one write, sector by sector: not there, half there, there. What is beyond the length is not there. */
function sectors(effect: Effect & { type: 'bytes' }): Piece[] {
  const pieces: Piece[] = []
  const end = effect.offset + effect.bytes.length
  for (let start = effect.offset; start < end; ) {
    const next = Math.min(end, (Math.floor(start / SECTOR_BYTES) + 1) * SECTOR_BYTES)
    pieces.push(sector(effect, start, next))
    start = next
  }
  return pieces
}

function sector(effect: Effect & { type: 'bytes' }, start: number, end: number): Piece {
  return {
    options: 3,
    apply(disk, option) {
      const reached = start + Math.floor(((end - start) * option) / 2)
      const stop = Math.min(reached, disk.file(effect.inode).bytes.length)
      if (stop <= start) return
      const bytes = effect.bytes.subarray(start - effect.offset, stop - effect.offset)
      disk.apply({ ...effect, offset: start, bytes })
    },
  }
}

const SECTOR_BYTES = 512
