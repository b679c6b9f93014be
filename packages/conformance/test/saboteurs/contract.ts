import { MemoryStore } from '../fixtures/memory-store.ts'
import { memory } from '../fixtures/targets.ts'
import { inFiles, inLater, inMemory, type Saboteur } from './sabotage.ts'

const shared = new MemoryStore()
const hasValue = (value: unknown) => Boolean(value)

export const contract: readonly Saboteur[] = [
  inMemory('contract/absent-is-undefined', 'answers null for what is absent', (right) => ({
    load: (key) => right.load(key) ?? null,
  })),
  inMemory('contract/reads-its-writes', 'forgets a value once it was read', (right) => ({
    load(key) {
      const value = right.load(key)
      right.remove(key)
      return value
    },
  })),
  inMemory('contract/overwrites', 'keeps the first value of a key', (right) => ({
    store: (key, value) =>
      right.entries.has(key) && value !== undefined ? undefined : right.store(key, value),
  })),
  inMemory('contract/keeps-keys-apart', 'has one place for all keys', (right) => ({
    store: (_, value) => right.store('key', value),
    load: (key) => (right.entries.size > 0 && key !== 'absent' ? right.load('key') : undefined),
  })),
  inMemory('contract/holds-many', 'forgets the oldest of more than thirty entries', (right) => ({
    store(key, value) {
      right.store(key, value)
      const [oldest] = right.entries.keys()
      if (right.entries.size > 30) right.entries.delete(oldest!)
    },
  })),
  inMemory('contract/keeps-over-time', 'keeps an entry for a second', (right) => ({
    store(key, value) {
      right.store(key, value)
      setTimeout(() => right.entries.delete(key), 1000).unref()
    },
  })),
  inMemory('contract/keeps-over-time', 'keeps an entry for half a second after the last read', (right) => {
    const until = new Map<string, number>()
    const touch = (key: string) => until.set(key, performance.now() + 500)
    return {
      store(key, value) {
        right.store(key, value)
        touch(key)
      },
      load(key) {
        if (performance.now() > (until.get(key) ?? 0)) return undefined
        touch(key)
        return right.load(key)
      },
    }
  }),
  inMemory('contract/removes', 'says that it removed and does not', (right) => ({
    remove: (key) => right.entries.has(key),
  })),
  inMemory('contract/remove-tells-whether-it-existed', 'says of every key that it existed', (right) => ({
    remove: (key) => right.remove(key) || true,
  })),
  inMemory('contract/remove-leaves-others', 'removes all keys at once', (right) => ({
    remove(key) {
      const existed = right.remove(key)
      if (existed) right.entries.clear()
      return existed
    },
  })),
  inMemory('contract/stores-again-after-remove', 'buries a removed key for ever', (right) => {
    const buried = new Set<string>()
    return {
      store: (key, value) => (buried.has(key) ? undefined : right.store(key, value)),
      remove(key) {
        if (right.entries.has(key)) buried.add(key)
        return right.remove(key)
      },
    }
  }),
  inLater('contract/keeps-order', 'lets a later store overtake an earlier one', (right) => {
    let calls = 0
    return {
      async store(key, value) {
        const copy = structuredClone(value)
        const turns = 20 - calls++
        for (let turn = 0; turn < turns; turn++) await undefined
        await right.store(key, copy)
      },
    }
  }),
  inMemory('contract/undefined-is-no-value', 'takes undefined for a remove', (right) => ({
    store: (key, value) => (value === undefined ? void right.remove(key) : right.store(key, value)),
  })),
  inLater('contract/rejects-rather-than-throws', 'throws where it has to reject', (right) => ({
    store(key, value) {
      if (value === undefined) throw new TypeError('undefined is no value')
      return right.store(key, value)
    },
  })),
  inMemory('contract/sync-answers-at-once', 'answers a remove with a promise', (right) => ({
    remove: (key) => Promise.resolve(right.remove(key)),
  })),
  inMemory('contract/sync-answers-at-once', 'answers a store of a large value with a promise', (right) => ({
    store(key, value) {
      right.store(key, value)
      if (typeof value === 'string' && value.length > 10_000) return Promise.resolve()
    },
  })),
  inMemory('contract/claimed-methods-exist', 'has no keys', () => ({ keys: undefined as never })),
  {
    ...inMemory('contract/durability-is-not-less-than-claimed', 'survives nothing', () => ({})),
    target: { ...memory, capabilities: { ...memory.capabilities, durability: 'power' } },
  },
  inMemory('contract/durability-is-a-word-of-the-contract', 'states a durability of its own', () => ({
    durability: 'high' as never,
  })),
  inMemory('contract/holds-many', 'forgets the oldest of a thousand entries', (right) => ({
    store(key, value) {
      right.store(key, value)
      if (right.entries.size > 1000) right.entries.delete(right.entries.keys().next().value!)
    },
  })),
  inFiles('contract/works-on-the-file-system-it-is-given', 'works on a file system of its own', () => ({})),
  inMemory('contract/locations-are-apart', 'holds the same entries wherever it is opened', () => ({
    store: (key, value) => shared.store(key, value),
    load: (key) => shared.load(key),
    remove: (key) => shared.remove(key),
  })),
]

export const values: readonly Saboteur[] = [
  inMemory('values/falsy', 'takes a falsy value for absent', (right) => ({
    load: (key) => right.load(key) || undefined,
  })),
  inMemory('values/falsy-exist', 'says of a falsy value that it did not exist', (right) => ({
    remove(key) {
      const value = right.load(key)
      return right.remove(key) && hasValue(value)
    },
  })),
  inMemory('values/delicate', 'takes a string of digits for a number', (right) => ({
    load(key) {
      const value = right.load(key)
      return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
    },
  })),
  inMemory('values/delicate', 'gives a buffer of its own back for a part of one', (right) => ({
    load(key) {
      const value = right.load(key)
      return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer) : value
    },
  })),
  inMemory('values/delicate', 'takes a date in a string for a date', (right) => ({
    load(key) {
      const value = right.load(key)
      return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value) : value
    },
  })),
  inMemory('values/delicate', 'cuts off what is nested deeper than thirty levels', (right) => ({
    load: (key) => cutBelow(right.load(key), 30),
  })),
  inMemory('values/delicate', 'takes a dot in the name of a member for a path', (right) => ({
    load(key) {
      const value = right.load(key)
      if (typeof value !== 'object' || value === null || !('a.b' in value)) return value
      const { 'a.b': b, ...others } = value
      return { ...others, a: { b } }
    },
  })),
  inMemory('values/sizes', 'cuts a value off after a page', (right) => ({
    store: (key, value) => right.store(key, typeof value === 'string' ? value.slice(0, 4096) : value),
  })),
  inMemory('values/one-mebibyte', 'cuts a value off after a million characters', (right) => ({
    store: (key, value) => right.store(key, typeof value === 'string' ? value.slice(0, 1e6) : value),
  })),
  inMemory('values/sixteen-mebibytes', 'cuts a value off after sixteen million characters', (right) => ({
    store: (key, value) => right.store(key, typeof value === 'string' ? value.slice(0, 16e6) : value),
  })),
  inMemory('values/shrinks', 'leaves the end of a longer value standing', (right) => ({
    store(key, value) {
      const old = right.load(key)
      const isShorter = typeof value === 'string' && typeof old === 'string' && value.length < old.length
      right.store(key, isShorter ? value + old.slice(value.length) : value)
    },
  })),
  inMemory('values/equal-values-of-two-keys', 'removes a value with the key, for all its keys', (right) => ({
    remove(key) {
      const value = JSON.stringify(right.load(key))
      const existed = right.remove(key)
      for (const [other, held] of right.entries)
        if (JSON.stringify(held) === value) right.entries.delete(other)
      return existed
    },
  })),
  inMemory(
    'values/foreign',
    'changes what JSON cannot hold',
    (right) => ({
      store: (key, value) =>
        right.store(key, value === undefined ? value : JSON.parse(JSON.stringify(value, asText))),
    }),
    'json',
  ),
]

/** A bigint as a string: nothing is refused, and much comes back as something else. */
function asText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

function cutBelow(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null || !('inner' in value)) return value
  return levels === 0 ? null : { inner: cutBelow(value.inner, levels - 1) }
}
