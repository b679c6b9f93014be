import { inMemory, type Saboteur } from './sabotage.ts'

export const model: readonly Saboteur[] = [
  inMemory('model/single-calls', 'brings an older value back when a key is removed', (right) => {
    const older = new Map<string, unknown>()
    return {
      store(key, value) {
        const old = right.load(key)
        right.store(key, value)
        if (old !== undefined) older.set(key, old)
      },
      remove(key) {
        const existed = right.remove(key)
        if (older.has(key)) right.store(key, older.get(key))
        older.delete(key)
        return existed
      },
    }
  }),
  inMemory('model/awkward-keys', 'removes without regard to case', (right) => ({
    remove(key) {
      const existed = right.remove(key)
      for (const other of right.entries.keys()) {
        if (existed && other.toLowerCase() === key.toLowerCase()) right.entries.delete(other)
      }
      return existed
    },
  })),
  inMemory('model/batches', 'forgets the third key of a remove', (right) => ({
    removeMany: (keys) => right.removeMany([...keys].slice(0, 2)),
  })),
  inMemory('model/keys', 'does not list a key that was removed and stored again', (right) => {
    const removed = new Set<string>()
    return {
      remove(key) {
        if (right.entries.has(key)) removed.add(key)
        return right.remove(key)
      },
      keys: () => [...right.keys()].filter((key) => !removed.has(key)),
    }
  }),
]
