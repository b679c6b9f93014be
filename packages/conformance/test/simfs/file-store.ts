import { constants } from 'node:fs'
import { type BackingStore, StoreError } from '@wt/core'
import type { SimFs } from '../../src/simfs/index.ts'

/** One promise, broken on purpose. */
export type Flaw =
  | 'no file sync'
  | 'no directory sync'
  | 'no parent sync'
  | 'writes in place'
  | 'keeps temporary files'
  | 'lists temporary files'
  | 'rewrites records when it opens'
  | 'forgets at the third opening'
  | 'leaks descriptors'
  | 'leaks when it cannot open'
  | 'retries a failed sync'
  | 'ignores a failed close'
  | 'ignores short writes'
  | "says 'no' when the directory sync failed"
  | 'throws what the file system threw'
  | 'does not sync the removal of what is absent'
  | 'reads a failure as a miss'
  | 'ignores short reads'
  | "says 'no' when the rename failed"
  | 'ignores a failed removal'
  | 'lists nothing when it cannot'

export interface FileStoreOptions {
  /** Default true: it survives a power cut. */
  readonly synced?: boolean
  readonly flaw?: Flaw
}

/** A small correct store: a file for each key, written beside the old one and renamed over it. */
export class FileStore implements BackingStore<string, string> {
  readonly #fileSystem: SimFs
  readonly #synced: boolean
  readonly #flaw: Flaw | undefined

  constructor(fileSystem: SimFs, { synced = true, flaw }: FileStoreOptions = {}) {
    this.#fileSystem = fileSystem
    this.#synced = synced
    this.#flaw = flaw
    attempt('open', 'no', () => this.#open())
  }

  store(key: string, value: string): void {
    const file = fileOf(key)
    const temp = `${DIRECTORY}/temp${this.#fileSystem.operations.length}`
    if (this.#flaw === 'writes in place') {
      attempt('store', 'unknown', () => this.#write(file, value))
    } else if (this.#flaw === 'throws what the file system threw') {
      this.#write(temp, value)
    } else {
      attempt('store', 'no', () => this.#write(temp, value))
    }
    if (this.#flaw !== 'writes in place') {
      const applied = this.#flaw === "says 'no' when the rename failed" ? 'no' : 'unknown'
      attempt('store', applied, () => this.#fileSystem.renameSync(temp, file))
    }
    this.#makeLast()
  }

  load(key: string): string | undefined {
    if (!this.#names().includes(nameOf(key))) return undefined
    try {
      return JSON.parse(attempt('load', 'no', () => this.#read(fileOf(key))))
    } catch (cause) {
      if (this.#flaw === 'reads a failure as a miss') return undefined
      throw StoreError.is(cause) ? cause : new StoreError('CORRUPT', 'load: no JSON', { cause })
    }
  }

  remove(key: string): boolean {
    const existed = this.#names().includes(nameOf(key))
    try {
      if (existed) attempt('remove', 'unknown', () => this.#fileSystem.unlinkSync(fileOf(key)))
    } catch (error) {
      if (this.#flaw !== 'ignores a failed removal') throw error
    }
    if (existed || this.#flaw !== 'does not sync the removal of what is absent') this.#makeLast()
    return existed
  }

  keys(): string[] {
    if (this.#flaw === 'lists nothing when it cannot') {
      try {
        return this.#listed(this.#names())
      } catch {
        return []
      }
    }
    return this.#listed(this.#names())
  }

  #listed(names: string[]): string[] {
    const listed =
      this.#flaw === 'lists temporary files' ? names : names.filter((name) => name.endsWith('.json'))
    return listed.map((name) => decodeURIComponent(name.replace('.json', '')))
  }

  close(): void {}

  #open(): void {
    const fileSystem = this.#fileSystem
    fileSystem.mkdirSync(DIRECTORY, { recursive: true })
    if (this.#flaw === 'leaks when it cannot open') fileSystem.readdirSync('/')
    if (this.#synced && this.#flaw !== 'no parent sync') this.#sync('/')
    if (this.#flaw === 'keeps temporary files' || this.#flaw === 'lists temporary files') return
    for (const name of this.#names()) {
      if (name.startsWith('temp')) fileSystem.unlinkSync(`${DIRECTORY}/${name}`)
    }
    if (this.#flaw === 'rewrites records when it opens') {
      for (const key of this.keys()) this.#write(fileOf(key), JSON.parse(this.#read(fileOf(key))))
    }
    if (this.#flaw === 'forgets at the third opening') {
      const openings = this.#names().filter((name) => name.startsWith('opening')).length
      this.#write(`${DIRECTORY}/opening${openings}`, '')
      if (openings === 2) for (const key of this.keys()) fileSystem.unlinkSync(fileOf(key))
    }
  }

  #names(): string[] {
    return attempt('list', 'no', () => this.#fileSystem.readdirSync(DIRECTORY))
  }

  #read(file: string): string {
    const descriptor = this.#fileSystem.openSync(file, constants.O_RDONLY)
    try {
      const bytes = Buffer.alloc(10_000)
      let length = 0
      for (;;) {
        const count = this.#fileSystem.readSync(descriptor, bytes, length)
        length += count
        if (count === 0 || this.#flaw === 'ignores short reads') return bytes.toString('utf8', 0, length)
      }
    } finally {
      if (this.#flaw !== 'leaks descriptors') closeQuietly(this.#fileSystem, descriptor)
    }
  }

  #write(file: string, value: string): void {
    const fileSystem = this.#fileSystem
    const descriptor = fileSystem.openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC)
    let isOpen = true
    try {
      let bytes = Buffer.from(JSON.stringify(value))
      while (bytes.length > 0) {
        const count = fileSystem.writeSync(descriptor, bytes)
        bytes = bytes.subarray(this.#flaw === 'ignores short writes' ? bytes.length : count)
      }
      if (this.#synced && this.#flaw !== 'no file sync') this.#fsync(descriptor)
      isOpen = false
      if (this.#flaw === 'ignores a failed close') closeQuietly(fileSystem, descriptor)
      else fileSystem.closeSync(descriptor)
    } finally {
      if (isOpen) closeQuietly(fileSystem, descriptor)
    }
  }

  #fsync(descriptor: number): void {
    try {
      this.#fileSystem.fsyncSync(descriptor)
    } catch (error) {
      if (this.#flaw !== 'retries a failed sync') throw error
      this.#fileSystem.fsyncSync(descriptor)
    }
  }

  /** Syncs the directory, so that the names in it last. */
  #makeLast(): void {
    if (!this.#synced || this.#flaw === 'no directory sync') return
    const applied = this.#flaw === "says 'no' when the directory sync failed" ? 'no' : 'unknown'
    attempt('sync', applied, () => this.#sync(DIRECTORY))
  }

  #sync(directory: string): void {
    const descriptor = this.#fileSystem.openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
    if (this.#flaw === 'leaks when it cannot open') {
      this.#fileSystem.fsyncSync(descriptor)
      this.#fileSystem.closeSync(descriptor)
      return
    }
    try {
      this.#fileSystem.fsyncSync(descriptor)
    } finally {
      closeQuietly(this.#fileSystem, descriptor)
    }
  }
}

const DIRECTORY = '/store'

function nameOf(key: string): string {
  return `${encodeURIComponent(key)}.json`
}

function fileOf(key: string): string {
  return `${DIRECTORY}/${nameOf(key)}`
}

function attempt<T>(operation: string, applied: 'no' | 'unknown', call: () => T): T {
  try {
    return call()
  } catch (cause) {
    // The errors of the file system become the store's.
    throw StoreError.is(cause)
      ? cause
      : new StoreError('WRITE_FAILURE', `${operation} failed: ${cause}`, { cause, applied })
  }
}

function closeQuietly(fileSystem: SimFs, descriptor: number): void {
  try {
    fileSystem.closeSync(descriptor)
  } catch {
    // Nothing was written through it that is not synced, or an error is under way that says more.
  }
}
