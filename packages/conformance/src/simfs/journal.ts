import type { Disk, Effect, FileInode, Inode } from './disk.ts'
import { Faults } from './faults.ts'
import type { LoggedOperation, SimFsCall } from './operation.ts'
import { systemError } from './system-error.ts'

/** The disk as programs see it, and the log of all that was asked of it: what `crashDisks` works from. */
export class Journal {
  readonly initial: Disk
  readonly live: Disk
  readonly operations: LoggedOperation[] = []
  readonly faults: Faults = new Faults()
  nowMs: number
  /** What `fsync` last saw of a file, to which a failing `close` takes it back. */
  readonly #synced = new Map<number, Uint8Array>()
  #nextInode: number

  constructor(disk: Disk, nowMs: number) {
    this.initial = disk
    this.live = disk.copy()
    this.nowMs = nowMs
    this.#nextInode = disk.nextInode()
  }

  /**
   * Runs one operation: notes it, lets a fault strike it, and does it. `body` is told how many bytes it may
   * take; `failed` is what a fault does besides throwing.
   */
  run<T>(call: SimFsCall, path: string, body: (bytesAtMost: number) => T, failed?: () => unknown): T {
    const operation: LoggedOperation = { call, path, effects: [] }
    const fault = this.faults.take(this.operations.length, operation)
    this.operations.push(operation)
    this.nowMs++
    try {
      if (fault === undefined || 'bytes' in fault) return body(fault?.bytes ?? Number.POSITIVE_INFINITY)
      if (fault.applied === true) body(Number.POSITIVE_INFINITY)
      else failed?.()
      throw systemError(fault.code, call, path)
    } catch (error) {
      // Noted for those who read the log, and passed on.
      operation.error = (error as { code?: string }).code ?? 'error'
      throw error
    }
  }

  /** Changes the live disk, as part of the operation under way. */
  change(effect: Effect): void {
    this.#current().effects.push(effect)
    this.live.apply(effect)
  }

  /** A new inode, which has no name yet. */
  make(kind: Inode['kind']): number {
    const inode = this.#nextInode++
    const { nowMs: mtimeMs } = this
    const made: Inode =
      kind === 'file'
        ? { kind, bytes: new Uint8Array(), mtimeMs }
        : { kind, entries: new Map<string, number>(), mtimeMs }
    this.change({ type: 'inode', inode, made })
    return inode
  }

  /** Sets names of one directory, all at once. */
  setEntries(directory: number, ...changes: readonly (readonly [string, number | undefined])[]): void {
    this.change({ type: 'entries', directory, changes, mtimeMs: this.nowMs })
  }

  /** Makes what the first `operations` operations did to an inode last. */
  sync(inode: number, operations: number): void {
    this.#current().synced = { inode, operations }
    const now = this.live.inode(inode)
    if (now.kind === 'file') this.#synced.set(inode, now.bytes)
  }

  /** The un-synced bytes of a file will never reach the disk; they can be read on, or not even that. */
  lose(inode: number, readable: boolean): void {
    const now = this.live.inode(inode)
    if (now.kind === 'directory') return
    const kept = this.#synced.get(inode) ?? this.#initialBytes(inode)
    if (now.bytes === kept) return
    const left: FileInode = readable ? now : { ...now, bytes: kept }
    this.live.apply({ type: 'inode', inode, made: left })
    this.#current().lost = { inode, left }
  }

  #initialBytes(inode: number): Uint8Array {
    return this.initial.has(inode) ? this.initial.file(inode).bytes : EMPTY
  }

  #current(): LoggedOperation {
    return this.operations.at(-1) as LoggedOperation
  }
}

const EMPTY = new Uint8Array()
