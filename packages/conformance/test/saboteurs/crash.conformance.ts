import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Capabilities, Target } from '../../src/index.ts'
import { FileStore } from '../fixtures/file-store.ts'
import { file } from '../fixtures/targets.ts'

interface Fault {
  readonly kills: string
  readonly open: (location: string) => FileStore
  readonly claims?: Capabilities
}

/** Faults that show when a process is killed at work: this module is imported there, with one in its URL. */
export const CRASH_FAULTS: Record<string, Fault> = {
  'writes down when it has four keys to write': {
    kills: 'crash/acknowledged-survives',
    open: (location) => new LateStore(location),
  },
  'writes over the old record': {
    kills: 'crash/acknowledged-survives',
    open: (location) => new TearingStore(location),
  },
  'writes all records anew with each store': {
    kills: 'crash/acknowledged-survives',
    open: (location) => new AnewStore(location),
  },
  'removes when it is closed': {
    kills: 'crash/acknowledged-survives',
    open: (location) => new UndeadStore(location),
  },
  'claims atomic batches and writes one entry after the other': {
    kills: 'crash/batches-survive',
    open: (location) => new SerialStore(location),
    claims: { batch: 'atomic' },
  },
  'writes batches down when it is closed': {
    kills: 'crash/batches-survive',
    open: (location) => new LateBatchStore(location),
  },
  'leaves a lock that keeps it closed': {
    kills: 'crash/opening-survives',
    open: (location) => new LockedStore(location),
  },
  'writes all records anew when it is opened': {
    kills: 'crash/opening-survives',
    open: (location) => new CompactingStore(location),
  },
}

/** So much longer than all the rest takes that a kill which comes at random comes in between. */
const GAP_MS = 20
/** Where only some of the calls have a gap, it is longer, so that one of the few kills finds it also on a busy machine. */
const LONG_GAP_MS = 60

function pause(gapMs: number = GAP_MS): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, gapMs)
}

/** Holds what it is given until it is closed. */
class LateBatchStore extends FileStore {
  readonly late: Map<string, unknown> = new Map()
  override store(key: string, value: unknown): void {
    this.late.set(key, value)
  }
  override storeMany(entries: Iterable<readonly [string, unknown]>): void {
    for (const [key, value] of entries) this.late.set(key, value)
  }
  override load(key: string): unknown {
    return this.late.get(key) ?? super.load(key)
  }
  override remove(key: string): boolean {
    const wasLate = this.late.delete(key)
    return super.remove(key) || wasLate
  }
  override close(): void {
    this.writeDown()
    super.close()
  }
  writeDown(): void {
    for (const [key, value] of this.late) super.store(key, value)
    this.late.clear()
  }
}

class LateStore extends LateBatchStore {
  override store(key: string, value: unknown): void {
    super.store(key, value)
    if (this.late.size >= 4) this.writeDown()
  }
}

class TearingStore extends FileStore {
  override replace(path: string, content: string | Uint8Array): void {
    writeFileSync(path, content.slice(0, content.length / 2))
    if (path.endsWith('.record')) pause(LONG_GAP_MS)
    writeFileSync(path, content)
  }
}

class AnewStore extends FileStore {
  override store(key: string, value: unknown): void {
    writeAnew(this)
    super.store(key, value)
  }
}

class UndeadStore extends FileStore {
  readonly #dead = new Set<string>()
  override store(key: string, value: unknown): void {
    super.store(key, value)
    this.#dead.delete(key)
  }
  override load(key: string): unknown {
    return this.#dead.has(key) ? undefined : super.load(key)
  }
  override remove(key: string): boolean {
    const existed = this.load(key) !== undefined
    this.#dead.add(key)
    return existed
  }
  override close(): void {
    for (const key of this.#dead) super.remove(key)
    super.close()
  }
}

class SerialStore extends FileStore {
  override storeMany(entries: Iterable<readonly [string, unknown]>): void {
    for (const [index, [key, value]] of [...entries].entries()) {
      if (index > 0) pause()
      this.store(key, value)
    }
  }
}

class LockedStore extends FileStore {
  readonly #lock: string
  constructor(location: string) {
    super(location)
    this.#lock = join(location, 'lock')
    if (existsSync(this.#lock)) throw new Error('another process has this store open')
    writeFileSync(this.#lock, '')
  }
  override close(): void {
    rmSync(this.#lock, { force: true })
    super.close()
  }
}

class CompactingStore extends FileStore {
  constructor(location: string) {
    super(location)
    writeAnew(this)
  }
}

function writeAnew(store: FileStore): void {
  const names = readdirSync(store.location).filter((name) => name.endsWith('.record'))
  const paths = names.map((name) => join(store.location, name))
  const contents = paths.map((path) => readFileSync(path))
  for (const path of paths) rmSync(path)
  pause()
  for (const [index, path] of paths.entries()) store.replace(path, contents[index]!)
}

export function crashTarget(fault: string): Target {
  const url = new URL(import.meta.url)
  url.searchParams.set('fault', fault)
  const { open, claims } = CRASH_FAULTS[fault]!
  return {
    ...file,
    capabilities: { ...file.capabilities, ...claims },
    name: fault,
    open,
    module: url.href,
  }
}

const target: Target = crashTarget(
  new URL(import.meta.url).searchParams.get('fault') ?? Object.keys(CRASH_FAULTS)[0]!,
)

export default target
