import { constants } from 'node:fs'
import { crashDisks, type CrashOptions } from './crash.ts'
import { Descriptors, mayRead, mayWrite } from './descriptors.ts'
import { Disk } from './disk.ts'
import type { Fault } from './faults.ts'
import { Journal } from './journal.ts'
import type { LoggedOperation, Operation } from './operation.ts'
import { list, makeDirectories, makeDirectory, openInode, rename, unlink } from './names.ts'
import { resolvePath } from './paths.ts'
import { SimFsPromises } from './promises.ts'
import { systemError } from './system-error.ts'

export interface SimFsStatus {
  readonly size: number
  readonly mtimeMs: number
  isDirectory(): boolean
  isFile(): boolean
}

/** A disk that a crash may leave, and its number among those of the same operation. */
export interface CrashState {
  readonly state: number
  readonly fileSystem: SimFs
  /** Equal for disks with the same paths and contents. */
  readonly fingerprint: string
}

/**
 * A file system in memory, for tests of what survives a crash: a structural subset of `node:fs`, with absolute
 * paths, files, directories and descriptors, without links and permissions. It starts with an empty `/`.
 *
 * It knows what was synced, so that `afterCrash` can tell every disk that a crash may leave; and `inject` makes
 * any call fail. Its clock advances a millisecond a call, and nothing is random: the same calls always do the
 * same. A call that changes a file or directory costs its size.
 */
export class SimFs {
  /** The same file system, for those who wait for its answers. */
  readonly promises: SimFsPromises
  readonly #seed: number
  #journal = new Journal(Disk.empty(EPOCH_MS), EPOCH_MS)
  readonly #descriptors = new Descriptors()

  /** `seed` is of the order in which `promises` carries out what waits at once. */
  constructor({ seed = 1 }: { readonly seed?: number } = {}) {
    this.#seed = seed
    this.promises = new SimFsPromises(this, seed, (descriptor, operations) =>
      this.#fsync(descriptor, operations),
    )
  }

  /** All calls so far, failed ones too. */
  get operations(): readonly Operation[] {
    return this.#journal.operations
  }

  /** How many descriptors are open now. */
  get openDescriptors(): number {
    return this.#descriptors.size
  }

  /** The contents of all files, by path: what `load` would find, synced or not. */
  files(): Map<string, Uint8Array> {
    const files = new Map<string, Uint8Array>()
    for (const [path, inode] of this.#journal.live.tree()) {
      if (inode.kind === 'file') files.set(path, inode.bytes)
    }
    return files
  }

  /** Makes the next call that fits fail. Of several that fit, the fault that was injected first strikes. */
  inject(fault: Fault): void {
    this.#journal.faults.add(fault)
  }

  /** Forgets the faults that have not struck. */
  clearFaults(): void {
    this.#journal.faults.clear()
  }

  /**
   * The disks that may be found when the machine, or for `'process'` the process, stops after `operation`
   * operations (default: now), each as a file system of its own, two hours later. This one is left as it is.
   * Equal disks are given once.
   */
  *afterCrash(options: CrashOptions): Generator<CrashState> {
    const { initial, operations, nowMs } = this.#journal
    for (const { state, disk, fingerprint } of crashDisks(initial, operations, options)) {
      const fileSystem = new SimFs({ seed: this.#seed })
      fileSystem.#journal = new Journal(disk, nowMs + REBOOT_MS)
      yield { state, fileSystem, fingerprint }
    }
  }

  /**
   * For `operation` of `afterCrash`: 0, and each number of operations after which a crash may leave other disks
   * than before the last of them.
   */
  crashPoints(): number[] {
    const changed = (operation: LoggedOperation) =>
      operation.effects.length > 0 || operation.lost !== undefined || operation.synced !== undefined
    const points = [0]
    for (const [index, operation] of this.#journal.operations.entries()) {
      if (changed(operation)) points.push(index + 1)
    }
    return points
  }

  openSync(path: string, flags: number, _mode?: number): number {
    const inode = this.#journal.run('openSync', path, () => openInode(this.#journal, path, flags))
    return this.#descriptors.open({ inode, path, flags, position: 0 })
  }

  closeSync(descriptor: number): void {
    const { inode, path, flags } = this.#descriptors.get(descriptor, 'closeSync')
    // Closed also when it fails, as on Linux.
    this.#descriptors.close(descriptor)
    const lose = () => mayWrite(flags) && this.#journal.lose(inode, false)
    this.#journal.run('closeSync', path, () => {}, lose)
  }

  readSync(
    descriptor: number,
    bytes: Uint8Array,
    offset: number = 0,
    length: number = bytes.byteLength - offset,
    position: number | null = null,
  ): number {
    const open = this.#descriptors.get(descriptor, 'readSync')
    return this.#journal.run('readSync', open.path, (bytesAtMost) => {
      if (!mayRead(open.flags)) throw systemError('EBADF', 'readSync', open.path)
      const inode = this.#journal.live.inode(open.inode)
      if (inode.kind === 'directory') throw systemError('EISDIR', 'readSync', open.path)
      const start = position ?? open.position
      const taken = inode.bytes.subarray(start, start + Math.min(length, bytesAtMost))
      bytes.set(taken, offset)
      if (position === null) open.position += taken.length
      return taken.length
    })
  }

  writeSync(
    descriptor: number,
    bytes: Uint8Array,
    offset: number = 0,
    length: number = bytes.byteLength - offset,
    position: number | null = null,
  ): number {
    const open = this.#descriptors.get(descriptor, 'writeSync')
    const journal = this.#journal
    return journal.run('writeSync', open.path, (bytesAtMost) => {
      if (!mayWrite(open.flags)) throw systemError('EBADF', 'writeSync', open.path)
      const { inode } = open
      const taken = Uint8Array.from(bytes.subarray(offset, offset + Math.min(length, bytesAtMost)))
      const atEnd = (open.flags & constants.O_APPEND) !== 0
      const start = atEnd ? journal.live.file(inode).bytes.length : (position ?? open.position)
      if (taken.length > 0) {
        journal.change({ type: 'bytes', inode, offset: start, bytes: taken, mtimeMs: journal.nowMs })
      }
      if (position === null) open.position = start + taken.length
      return taken.length
    })
  }

  fsyncSync(descriptor: number): void {
    this.#fsync(descriptor, this.#journal.operations.length)
  }

  fstatSync(descriptor: number): SimFsStatus {
    const { inode, path } = this.#descriptors.get(descriptor, 'fstatSync')
    return this.#journal.run('fstatSync', path, () => this.#status(inode))
  }

  lstatSync(path: string, options: { readonly throwIfNoEntry: false }): SimFsStatus | undefined
  lstatSync(path: string, options?: { readonly throwIfNoEntry?: boolean }): SimFsStatus
  lstatSync(path: string, options?: { readonly throwIfNoEntry?: boolean }): SimFsStatus | undefined {
    return this.#journal.run('lstatSync', path, () => {
      const place = resolvePath(this.#journal.live, path)
      if (!('error' in place) && place.inode !== undefined) return this.#status(place.inode)
      const code = 'error' in place ? place.error : 'ENOENT'
      if (code === 'ENOENT' && options?.throwIfNoEntry === false) return undefined
      throw systemError(code, 'lstatSync', path)
    })
  }

  renameSync(from: string, to: string): void {
    this.#journal.run('renameSync', from, () => rename(this.#journal, from, to))
  }

  unlinkSync(path: string): void {
    this.#journal.run('unlinkSync', path, () => unlink(this.#journal, path))
  }

  /**
   * With `recursive`, an operation for each directory of the path; the first that it made, or `undefined`.
   */
  mkdirSync(
    path: string,
    { recursive = false }: { readonly recursive?: boolean; readonly mode?: number } = {},
  ): string | undefined {
    const journal = this.#journal
    if (recursive) return makeDirectories(journal, path)
    journal.run('mkdirSync', path, () => makeDirectory(journal, path))
    return undefined
  }

  readdirSync(path: string): string[] {
    return this.#journal.run('readdirSync', path, () => list(this.#journal, path))
  }

  /** Syncs what the first `operations` operations did. */
  #fsync(descriptor: number, operations: number): void {
    const { inode, path } = this.#descriptors.get(descriptor, 'fsyncSync')
    const sync = () => this.#journal.sync(inode, operations)
    const lose = () => this.#journal.lose(inode, true)
    this.#journal.run('fsyncSync', path, sync, lose)
  }

  #status(number: number): SimFsStatus {
    const inode = this.#journal.live.inode(number)
    return {
      size: inode.kind === 'file' ? inode.bytes.length : inode.entries.size,
      mtimeMs: inode.mtimeMs,
      isDirectory: () => inode.kind === 'directory',
      isFile: () => inode.kind === 'file',
    }
  }
}

const EPOCH_MS = Date.UTC(2000, 0)
/** Longer than a store may wait before it takes what a crashed writer left for abandoned. */
const REBOOT_MS = 2 * 60 * 60 * 1000
