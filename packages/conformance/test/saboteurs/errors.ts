import { StoreError } from '@wt/core'
import { inBounded, inFiles, inMemory, type Saboteur } from './sabotage.ts'

const full = (key?: string) => new StoreError('STORE_FULL', 'store: no room', { key })

export const errors: readonly Saboteur[] = [
  inBounded('errors/full', 'makes room by forgetting the oldest', (right) => ({
    store(key, value) {
      const [oldest] = right.entries.keys()
      if (right.entries.size === 4 && !right.entries.has(key)) right.entries.delete(oldest!)
      right.store(key, value)
    },
  })),
  inBounded('errors/full', 'says that it is full by a plain Error', (right) => ({
    store(key, value) {
      if (right.entries.size === 4 && !right.entries.has(key)) throw new Error('full')
      right.store(key, value)
    },
  })),
  inBounded('errors/full-leaves-no-trace', 'stores what it refuses', (right) => ({
    store(key, value) {
      const isFull = right.entries.size === 4 && !right.entries.has(key)
      if (!isFull) return right.store(key, value)
      right.entries.set(key, value)
      throw full(key)
    },
  })),
  inBounded('errors/full-overwrites', 'when full refuses also the keys it has', (right) => ({
    store(key, value) {
      if (right.entries.size === 4) throw full()
      right.store(key, value)
    },
  })),
  inBounded('errors/full-until-removed', 'counts stores and forgets to count removes', (right) => {
    const seen = new Set<string>()
    return {
      store(key, value) {
        if (seen.size === 4 && !seen.has(key)) throw new StoreError('STORE_FULL', 'store: no room', { key })
        seen.add(key)
        right.store(key, value)
      },
    }
  }),
  inBounded('errors/full-batch', 'stores of a batch what fits, and fails', (right) => ({
    storeMany(entries) {
      for (const [key, value] of entries) right.store(key, value)
    },
  })),
  inBounded(
    'errors/full-batch-counts-keys',
    'counts the entries of a batch instead of its new keys',
    (right) => ({
      storeMany(entries) {
        const list = [...entries]
        if (right.entries.size + list.length > 4) throw full()
        right.storeMany(list)
      },
    }),
  ),
  inFiles('errors/invalid-key-names-it', 'refuses a key without naming it', (right) => ({
    store(key, value) {
      if (!key.isWellFormed()) throw new StoreError('INVALID_KEY', 'store: invalid key')
      right.store(key, value)
    },
  })),
  inMemory('errors/refusals-do-no-harm', 'takes nothing after it has refused once', (right) => {
    let refused = false
    return {
      store(key, value) {
        refused ||= value === undefined
        if (!refused || value === undefined) right.store(key, value)
      },
    }
  }),
  inBounded('errors/full-until-removed', 'makes room by a remove of nothing', (right) => {
    let room = 0
    return {
      remove(key) {
        const existed = right.remove(key)
        if (!existed) room++
        return existed
      },
      store(key, value) {
        if (room > 0 && right.entries.size === 4 && !right.entries.has(key)) {
          const [last] = [...right.entries].slice(-1)
          right.remove(last![0])
          right.store(key, value)
          right.entries.set(...last!)
        } else right.store(key, value)
      },
    }
  }),
  inBounded('errors/full-until-removed', 'counts an overwrite in a full store as one entry more', (right) => {
    let more = 0
    return {
      store(key, value) {
        const isNew = !right.entries.has(key)
        if (isNew && right.entries.size + more >= 4) throw full(key)
        if (!isNew && right.entries.size === 4) more++
        right.store(key, value)
      },
    }
  }),
]
