import nodeFileSystem from 'node:fs'
import type { FileSystem } from '../src/index.ts'

export type FileSystemCall = keyof FileSystem

/** One call of the store: the function, and the path that it names or that its descriptor was opened with. */
export interface Recorded {
  readonly call: FileSystemCall
  readonly path: string
}

/** What becomes of a call: an error is thrown in its place; `undefined` lets it through. */
export type Fault = (recorded: Recorded, index: number) => Error | undefined

/**
 * The real file system, recorded, with faults. A `closeSync` that fails has closed, as a real one has.
 * `writeAtMost` makes every write a short one.
 */
export class FaultyFileSystem implements FileSystem {
  readonly calls: Recorded[] = []
  fault: Fault = () => undefined
  /** Runs before a call that is let through. */
  before: (recorded: Recorded) => void = () => {}
  writeAtMost: number = Number.POSITIVE_INFINITY
  readonly #paths = new Map<number, string>()

  /** Forgets the calls so far: `index` of the next is 0. */
  reset(): void {
    this.calls.length = 0
  }

  /** How many calls of `call` had a path that `path` matches. */
  count(call: FileSystemCall, path: RegExp): number {
    return this.calls.filter((recorded) => recorded.call === call && path.test(recorded.path)).length
  }

  openSync(path: string, flags: number, mode?: number): number {
    this.#enter('openSync', path)
    const descriptor = nodeFileSystem.openSync(path, flags, mode)
    this.#paths.set(descriptor, path)
    return descriptor
  }

  closeSync(descriptor: number): void {
    const path = this.#pathOf(descriptor)
    nodeFileSystem.closeSync(descriptor)
    this.#paths.delete(descriptor)
    this.#enter('closeSync', path)
  }

  readSync(
    descriptor: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): number {
    this.#enter('readSync', this.#pathOf(descriptor))
    return nodeFileSystem.readSync(descriptor, bytes, offset, length, position)
  }

  writeSync(descriptor: number, bytes: Uint8Array, offset: number, length: number): number {
    this.#enter('writeSync', this.#pathOf(descriptor))
    return nodeFileSystem.writeSync(descriptor, bytes, offset, Math.min(length, this.writeAtMost))
  }

  fsyncSync(descriptor: number): void {
    this.#enter('fsyncSync', this.#pathOf(descriptor))
    nodeFileSystem.fsyncSync(descriptor)
  }

  fstatSync(descriptor: number): nodeFileSystem.Stats {
    this.#enter('fstatSync', this.#pathOf(descriptor))
    return nodeFileSystem.fstatSync(descriptor)
  }

  lstatSync(path: string, options: { throwIfNoEntry: false }): nodeFileSystem.Stats | undefined {
    this.#enter('lstatSync', path)
    return nodeFileSystem.lstatSync(path, options)
  }

  renameSync(from: string, to: string): void {
    this.#enter('renameSync', from)
    nodeFileSystem.renameSync(from, to)
  }

  unlinkSync(path: string): void {
    this.#enter('unlinkSync', path)
    nodeFileSystem.unlinkSync(path)
  }

  mkdirSync(path: string, options: { recursive: boolean; mode: number }): string | undefined {
    this.#enter('mkdirSync', path)
    return nodeFileSystem.mkdirSync(path, options)
  }

  readdirSync(path: string): string[] {
    this.#enter('readdirSync', path)
    return nodeFileSystem.readdirSync(path)
  }

  #enter(call: FileSystemCall, path: string): void {
    const recorded = { call, path }
    const error = this.fault(recorded, this.calls.push(recorded) - 1)
    if (error !== undefined) throw error
    this.before(recorded)
  }

  #pathOf(descriptor: number): string {
    const path = this.#paths.get(descriptor)
    if (path === undefined) throw new Error(`descriptor ${descriptor} is not open`)
    return path
  }
}

/** An error as Node makes it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code })
}

/** Fails every call of `call` whose path `path` matches. */
export function failing(call: FileSystemCall, path: RegExp, code: string): Fault {
  return (recorded) => (recorded.call === call && path.test(recorded.path) ? systemError(code) : undefined)
}

/** The paths of temporary files, of records, and of the directories that hold them. */
export const TEMP: RegExp = /\/temp-[^/]+$/
export const RECORD: RegExp = /\/(key|hash)-[^/]+$/
export const SHARD: RegExp = /\/v1\/[0-9a-f]$/
