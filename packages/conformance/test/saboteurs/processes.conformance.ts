import type { Target } from '../../src/index.ts'
import { FileStore } from '../fixtures/file-store.ts'
import { file } from '../fixtures/targets.ts'

/** Faults that show only when another process opens the store: this module is imported there, with one in its URL. */
export const FAULTS: Record<string, { kills: string; open: (location: string) => FileStore }> = {
  'holds its entries in the memory of its process': {
    kills: 'persistent/read-by-another-process',
    open: (location) => new HeldStore(location),
  },
  'believes that nobody else writes': {
    kills: 'persistent/written-by-another-process',
    open: (location) => new BelievingStore(location),
  },
  'writes down when it is closed': {
    kills: 'persistent/survives-kill',
    open: (location) => new LateStore(location),
  },
  'compares and stores in two steps': {
    kills: 'versions/claimed-by-one-process',
    open: (location) => new HastyStore(location),
  },
  'looks for a lease and grants it in two steps': {
    kills: 'lease/granted-to-one-process',
    open: (location) => new HastyStore(location),
  },
  'holds its leases in the memory of its process': {
    kills: 'lease/outlives-its-process',
    open: (location) => new ForgetfulStore(location),
  },
}

const held = new Map<string, Map<string, unknown>>()

function heldAt(location: string): Map<string, unknown> {
  const entries = held.get(location) ?? new Map<string, unknown>()
  held.set(location, entries)
  return entries
}

class HeldStore extends FileStore {
  override store(key: string, value: unknown): void {
    heldAt(this.location).set(key, value)
  }
  override load(key: string): unknown {
    return heldAt(this.location).get(key)
  }
  override remove(key: string): boolean {
    return heldAt(this.location).delete(key)
  }
}

class BelievingStore extends FileStore {
  override store(key: string, value: unknown): void {
    super.store(key, value)
    heldAt(this.location).set(key, value)
  }
  override load(key: string): unknown {
    return heldAt(this.location).get(key) ?? super.load(key)
  }
}

class LateStore extends FileStore {
  readonly #waiting = new Map<string, unknown>()
  override store(key: string, value: unknown): void {
    this.#waiting.set(key, value)
  }
  override load(key: string): unknown {
    return this.#waiting.get(key) ?? super.load(key)
  }
  override close(): void {
    for (const [key, value] of this.#waiting) super.store(key, value)
    this.#waiting.clear()
    super.close()
  }
}

class HastyStore extends FileStore {
  /** Long enough for the others to look too. */
  override alone(_: string, write: () => boolean): boolean {
    const { fs } = this
    const { existsSync } = fs
    this.fs = {
      ...fs,
      existsSync: (path: string) => {
        const exists = existsSync(path)
        if (!exists) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
        return exists
      },
    } as typeof fs
    const answer = write()
    this.fs = fs
    return answer
  }
}

const leasesOfThisProcess = new Map<string, string>()

class ForgetfulStore extends FileStore {
  override acquireLease(key: string, holder: string): boolean {
    if (leasesOfThisProcess.has(key)) return false
    leasesOfThisProcess.set(key, holder)
    return true
  }
}

export function faultyTarget(fault: string): Target {
  const url = new URL(import.meta.url)
  url.searchParams.set('fault', fault)
  return { ...file, name: fault, open: FAULTS[fault]!.open, module: url.href }
}

const target: Target = faultyTarget(
  new URL(import.meta.url).searchParams.get('fault') ?? Object.keys(FAULTS)[0]!,
)

export default target
