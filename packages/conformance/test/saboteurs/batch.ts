import { inFiles, inLater, inMemory, type Saboteur } from './sabotage.ts'

/** Of SQLite, as it is built by default. */
const SQL_PARAMETERS = 32_766

export const batch: readonly Saboteur[] = [
  inMemory('batch/stores-all', 'stores no more than twenty entries of a batch', (right) => ({
    storeMany: (entries) => right.storeMany([...entries].slice(0, 20)),
  })),
  inMemory('batch/stores-thousands', 'stores no more than a thousand entries of a batch', (right) => ({
    storeMany: (entries) => right.storeMany([...entries].slice(0, 1000)),
  })),
  inMemory('batch/tens-of-thousands', 'stores as many entries as a statement has parameters', (right) => ({
    storeMany: (entries) => right.storeMany([...entries].slice(0, SQL_PARAMETERS)),
  })),
  inMemory('batch/tens-of-thousands', 'finds as many keys as a statement has parameters', (right) => ({
    loadMany: (keys) => right.loadMany([...keys].slice(0, SQL_PARAMETERS)),
  })),
  inMemory('batch/tens-of-thousands', 'removes as many keys as a statement has parameters', (right) => ({
    removeMany: (keys) => right.removeMany([...keys].slice(0, SQL_PARAMETERS)),
  })),
  inMemory('batch/last-wins', 'lets the first of two entries win', (right) => ({
    storeMany: (entries) => right.storeMany([...entries].reverse()),
  })),
  inMemory('batch/overwrites', 'leaves what is there alone', (right) => ({
    storeMany: (entries) => right.storeMany([...entries].filter(([key]) => !right.entries.has(key))),
  })),
  inMemory('batch/empty', 'fails for an empty batch', (right) => ({
    storeMany(entries) {
      const list = [...entries]
      if (list.length === 0) throw new Error('syntax error near VALUES ()')
      right.storeMany(list)
    },
  })),
  inMemory('batch/any-iterable', 'goes through a batch twice', (right) => ({
    storeMany(entries) {
      for (const [, value] of entries) if (value === undefined) throw new TypeError('undefined is no value')
      right.storeMany(entries)
    },
  })),
  inMemory('batch/refuses-undefined', 'stores what comes before the entry it refuses', (right) => ({
    storeMany(entries) {
      for (const [key, value] of [...entries]) right.store(key, value)
    },
  })),
  inFiles('batch/refuses-undefined', 'names keys as written that are not', (right) => ({
    storeMany(entries) {
      try {
        right.storeMany(entries)
      } catch (error) {
        for (const key of (error as { written?: string[] }).written ?? []) right.remove(key)
        throw error
      }
    },
  })),
  inMemory('batch/fails-with-its-iterable', 'stores a batch as it goes through it', (right) => ({
    storeMany(entries) {
      for (const [key, value] of entries) right.store(key, value)
    },
  })),
  inLater('batch/keeps-order', 'lets a single store overtake a batch', (right) => ({
    async storeMany(entries) {
      const list = structuredClone([...entries])
      for (let turn = 0; turn < 20; turn++) await undefined
      await right.storeMany!(list)
    },
  })),
  inFiles('batch/survives', 'writes no batch down', (right) => {
    const held = new Map<string, unknown>()
    return {
      storeMany(entries) {
        for (const [key, value] of entries) held.set(key, value)
      },
      load: (key) => held.get(key) ?? right.load(key),
    }
  }),
  inMemory('batch/load-finds-what-exists', 'finds also what does not exist', (right) => ({
    loadMany: (keys) => new Map([...keys].map((key) => [key, right.load(key)])),
  })),
  inMemory('batch/load-finds-falsy', 'does not find falsy values', (right) => ({
    loadMany: (keys) => new Map([...right.loadMany(keys)].filter(([, value]) => value)),
  })),
  inMemory('batch/load-any-iterable', 'takes keys for an array', (right) => ({
    loadMany(keys) {
      const found = new Map<string, unknown>()
      const list = keys as string[]
      for (let index = 0; index < list.length; index++) {
        const value = right.load(list[index]!)
        if (value !== undefined) found.set(list[index]!, value)
      }
      return found
    },
  })),
  inMemory('batch/load-thousands', 'takes no more keys than a statement has parameters', (right) => ({
    loadMany(keys) {
      const list = [...keys]
      if (list.length > 999) throw new Error('too many SQL variables')
      return right.loadMany(list)
    },
  })),
  inMemory('batch/remove-counts-what-existed', 'counts the keys it is given', (right) => ({
    removeMany(keys) {
      const list = new Set(keys)
      right.removeMany(list)
      return list.size
    },
  })),
  inMemory('batch/remove-any-iterable', 'counts a key given twice twice', (right) => ({
    removeMany(keys) {
      const existing = [...keys].filter((key) => right.entries.has(key))
      right.removeMany(existing)
      return existing.length
    },
  })),
  inMemory('batch/load-thousands', 'loses the last of many keys', (right) => ({
    loadMany(keys) {
      const found = right.loadMany(keys)
      const last = [...found.keys()].pop()
      if (found.size > 10) found.delete(last!)
      return found
    },
  })),
  inMemory('batch/remove-thousands', 'removes no more than a thousand keys', (right) => ({
    removeMany: (keys) => right.removeMany([...keys].slice(0, 1000)),
  })),
  inMemory('batch/same-keys-as-single-calls', 'trims the keys of a batch', (right) => ({
    storeMany: (entries) => right.storeMany([...entries].map(([key, value]) => [key.trim(), value])),
  })),
  inMemory('batch/same-keys-as-single-calls', 'normalizes the keys that a batch loads', (right) => ({
    loadMany: (keys) => right.loadMany([...keys].map((key) => key.normalize())),
  })),
  inMemory('batch/same-keys-as-single-calls', 'ignores case when it removes many', (right) => ({
    removeMany(keys) {
      const wanted = new Set([...keys].map((key) => key.toLowerCase()))
      return right.removeMany([...right.keys()].filter((key) => wanted.has(key.toLowerCase())))
    },
  })),
  inMemory(
    'batch/same-values-as-single-calls',
    'takes a string of digits in a batch for a number',
    (right) => ({
      loadMany: (keys) =>
        new Map([...right.loadMany(keys)].map(([key, value]) => [key, value === '42' ? 42 : value])),
    }),
  ),
  inMemory(
    'batch/foreign',
    'changes in a batch what JSON cannot hold',
    (right) => ({
      storeMany: (entries) =>
        right.storeMany(
          [...entries].map(([key, value]) => [key, value instanceof Object ? throughJson(value) : value]),
        ),
    }),
    'json',
  ),
  inMemory('batch/refuses-late', 'stores a batch in parts of a hundred', (right) => ({
    storeMany(entries) {
      const list = [...entries]
      for (let start = 0; start < list.length; start += 100) right.storeMany(list.slice(start, start + 100))
    },
  })),
]

/** A bigint as a string: nothing is refused, and much comes back as something else. */
function throughJson(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? String(member) : member)),
  )
}
