import { constants } from 'node:fs'
import { systemError } from './system-error.ts'

export interface OpenFile {
  readonly inode: number
  readonly path: string
  readonly flags: number
  position: number
}

/** The open files of a process. A new one gets the lowest number that is free, as POSIX says. */
export class Descriptors {
  readonly #open = new Map<number, OpenFile>()

  get size(): number {
    return this.#open.size
  }

  open(file: OpenFile): number {
    let descriptor = FIRST
    while (this.#open.has(descriptor)) descriptor++
    this.#open.set(descriptor, file)
    return descriptor
  }

  get(descriptor: number, call: string): OpenFile {
    const file = this.#open.get(descriptor)
    if (file === undefined) throw systemError('EBADF', call, String(descriptor))
    return file
  }

  close(descriptor: number): void {
    this.#open.delete(descriptor)
  }
}

export function mayRead(flags: number): boolean {
  return (flags & ACCESS) !== constants.O_WRONLY
}

export function mayWrite(flags: number): boolean {
  return (flags & ACCESS) !== constants.O_RDONLY
}

/** After those of the standard streams. */
const FIRST = 3
const ACCESS = constants.O_RDONLY | constants.O_WRONLY | constants.O_RDWR
