import { randomFrom } from '../random.ts'
import type { SimFs, SimFsStatus } from './sim-fs.ts'

/**
 * The same file system, shaped as `node:fs/promises`. Each call is carried out, whole, some time after it was
 * made; calls that wait together are carried out in an order that the seed chooses, as a pool of threads would.
 * A `sync` covers what was carried out before it was called: of what came later nothing is promised.
 */
export class SimFsPromises {
  readonly #fileSystem: SimFs
  readonly #fsync: Fsync
  readonly #turns: Turns

  /** For `SimFs`, which has one: `SimFs.promises`. */
  constructor(fileSystem: SimFs, seed: number, fsync: Fsync) {
    this.#fileSystem = fileSystem
    this.#fsync = fsync
    this.#turns = new Turns(seed)
  }

  async open(path: string, flags: number, mode?: number): Promise<SimFsHandle> {
    await this.#turns.next()
    const descriptor = this.#fileSystem.openSync(path, flags, mode)
    return new OpenHandle(this.#fileSystem, descriptor, this.#turns, this.#fsync)
  }

  /** Rejects with `ENOENT` when there is nothing. */
  async lstat(path: string): Promise<SimFsStatus> {
    await this.#turns.next()
    return this.#fileSystem.lstatSync(path)
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#turns.next()
    this.#fileSystem.renameSync(from, to)
  }

  async unlink(path: string): Promise<void> {
    await this.#turns.next()
    this.#fileSystem.unlinkSync(path)
  }

  async mkdir(
    path: string,
    options?: { readonly recursive?: boolean; readonly mode?: number },
  ): Promise<string | undefined> {
    await this.#turns.next()
    return this.#fileSystem.mkdirSync(path, options)
  }

  async readdir(path: string): Promise<string[]> {
    await this.#turns.next()
    return this.#fileSystem.readdirSync(path)
  }
}

/** An open file: what SimFs has of the `FileHandle` of `node:fs/promises`. */
export interface SimFsHandle {
  /** -1 once it is closed. */
  readonly fd: number
  read(
    bytes: Uint8Array,
    offset?: number,
    length?: number,
    position?: number | null,
  ): Promise<{ readonly bytesRead: number }>
  write(
    bytes: Uint8Array,
    offset?: number,
    length?: number,
    position?: number | null,
  ): Promise<{ readonly bytesWritten: number }>
  sync(): Promise<void>
  stat(): Promise<SimFsStatus>
  /** A second one does nothing. */
  close(): Promise<void>
}

class OpenHandle implements SimFsHandle {
  readonly #fileSystem: SimFs
  readonly #turns: Turns
  readonly #fsync: Fsync
  #descriptor: number

  constructor(fileSystem: SimFs, descriptor: number, turns: Turns, fsync: Fsync) {
    this.#fileSystem = fileSystem
    this.#descriptor = descriptor
    this.#turns = turns
    this.#fsync = fsync
  }

  get fd(): number {
    return this.#descriptor
  }

  async read(
    bytes: Uint8Array,
    offset?: number,
    length?: number,
    position?: number | null,
  ): Promise<{ readonly bytesRead: number; readonly buffer: Uint8Array }> {
    await this.#turns.next()
    const bytesRead = this.#fileSystem.readSync(this.#descriptor, bytes, offset, length, position)
    return { bytesRead, buffer: bytes }
  }

  async write(
    bytes: Uint8Array,
    offset?: number,
    length?: number,
    position?: number | null,
  ): Promise<{ readonly bytesWritten: number; readonly buffer: Uint8Array }> {
    await this.#turns.next()
    const bytesWritten = this.#fileSystem.writeSync(this.#descriptor, bytes, offset, length, position)
    return { bytesWritten, buffer: bytes }
  }

  async sync(): Promise<void> {
    const calledAfter = this.#fileSystem.operations.length
    await this.#turns.next()
    this.#fsync(this.#descriptor, calledAfter)
  }

  async stat(): Promise<SimFsStatus> {
    await this.#turns.next()
    return this.#fileSystem.fstatSync(this.#descriptor)
  }

  async close(): Promise<void> {
    const descriptor = this.#descriptor
    if (descriptor === -1) return
    // From here on the number may be another file's.
    this.#descriptor = -1
    await this.#turns.next()
    this.#fileSystem.closeSync(descriptor)
  }
}

/** Syncs what a descriptor shows of the first `operations` operations. */
type Fsync = (descriptor: number, operations: number) => void

/** Lets those who wait go on, one at a time, in an order of its own. */
class Turns {
  readonly #random: () => number
  readonly #waiting: (() => void)[] = []

  constructor(seed: number) {
    this.#random = randomFrom(seed)
  }

  next(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.push(resolve) === 1) setImmediate(() => this.#callOne())
    })
  }

  #callOne(): void {
    const index = Math.floor(this.#random() * this.#waiting.length)
    const [resolve] = this.#waiting.splice(index, 1)
    resolve?.()
    if (this.#waiting.length > 0) setImmediate(() => this.#callOne())
  }
}
