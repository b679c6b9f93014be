import { inBounded, inFiles, inLater, inMemory, type Saboteur } from './sabotage.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

export const leases: readonly Saboteur[] = [
  inMemory('lease/granted-once', 'grants its holder the lease again', (right) => ({
    acquireLease: (key, holder, leaseMs) =>
      right.leases.get(key)?.holder === holder || right.acquireLease(key, holder, leaseMs),
  })),
  inMemory('lease/granted-once', 'grants a lease to whoever asks', (right) => ({
    acquireLease(key, holder, leaseMs) {
      right.leases.delete(key)
      return right.acquireLease(key, holder, leaseMs)
    },
  })),
  inMemory('lease/granted-once', 'grants a lease to who asks once more', (right) => {
    const asked = new Set<string>()
    return {
      acquireLease(key, holder, leaseMs) {
        const isKnown = asked.has(holder)
        asked.add(holder)
        return right.acquireLease(key, holder, leaseMs) || isKnown
      },
    }
  }),
  inLater('lease/granted-once-of-a-hundred', 'looks for a lease and grants it a turn later', (right) => {
    const leases = new Map<string, { holder: string; until: number }>()
    return {
      async acquireLease(key, holder, leaseMs) {
        if ((leases.get(key)?.until ?? 0) > performance.now()) return false
        await turn()
        leases.set(key, { holder, until: performance.now() + leaseMs })
        return true
      },
      async releaseLease(key, holder) {
        await right.load(key)
        if (leases.get(key)?.holder === holder) leases.delete(key)
      },
    }
  }),
  inMemory('lease/each-key-its-own', 'has one lease for keys that differ in case', (right) => ({
    acquireLease: (key, holder, leaseMs) => right.acquireLease(key.toLowerCase(), holder, leaseMs),
    releaseLease: (key, holder) => right.releaseLease(key.toLowerCase(), holder),
  })),
  inMemory('lease/each-key-its-own', 'takes what stands in braces for the key', (right) => {
    const tagOf = (key: string) => /\{(.+?)\}/.exec(key)?.[1] ?? key
    return {
      acquireLease: (key, holder, leaseMs) => right.acquireLease(tagOf(key), holder, leaseMs),
      releaseLease: (key, holder) => right.releaseLease(tagOf(key), holder),
    }
  }),
  inMemory('lease/each-key-its-own', 'releases all leases with one', (right) => ({
    releaseLease(key, holder) {
      if (right.leases.get(key)?.holder === holder) right.leases.clear()
    },
  })),
  inMemory('lease/ends-by-itself', 'ends a lease after half of its time', (right) => ({
    acquireLease: (key, holder, leaseMs) => right.acquireLease(key, holder, leaseMs / 2),
  })),
  inMemory('lease/ends-by-itself', 'takes seconds for milliseconds', (right) => ({
    acquireLease: (key, holder, leaseMs) => right.acquireLease(key, holder, leaseMs / 1000),
  })),
  inMemory('lease/released-early', 'keeps a lease until its time is over', () => ({
    releaseLease: () => {},
  })),
  inMemory('lease/released-by-its-holder-alone', 'releases the lease of whoever has it', (right) => ({
    releaseLease: (key) => void right.leases.delete(key),
  })),
  inMemory('lease/released-by-its-holder-alone', 'releases for all who ever had the lease', (right) => {
    const holders = new Set<string>()
    return {
      acquireLease(key, holder, leaseMs) {
        const isGranted = right.acquireLease(key, holder, leaseMs)
        if (isGranted) holders.add(holder)
        return isGranted
      },
      releaseLease(key, holder) {
        if (holders.has(holder)) right.leases.delete(key)
      },
    }
  }),
  inMemory('lease/is-no-entry', 'keeps a lease as an entry', (right) => ({
    acquireLease(key, holder, leaseMs) {
      const isGranted = right.acquireLease(key, holder, leaseMs)
      if (isGranted) right.store(key, holder)
      return isGranted
    },
  })),
  inMemory('lease/is-no-entry', 'ends the lease of a key that is written', (right) => ({
    store(key, value) {
      right.store(key, value)
      right.leases.delete(key)
    },
  })),
  inMemory('lease/is-no-entry', 'ends the lease of a key that is removed', (right) => ({
    remove(key) {
      right.leases.delete(key)
      return right.remove(key)
    },
  })),
  inBounded('lease/needs-no-room', 'counts leases as entries', (right) => ({
    acquireLease(key, holder, leaseMs) {
      const isFull = right.entries.size + right.leases.size >= right.maxEntries
      return !isFull && right.acquireLease(key, holder, leaseMs)
    },
  })),
  inFiles('lease/one-of-many-caches-produces', 'removes the entry with the lease', (right) => ({
    releaseLease(key, holder) {
      right.releaseLease(key, holder)
      right.remove(key)
    },
  })),
]
