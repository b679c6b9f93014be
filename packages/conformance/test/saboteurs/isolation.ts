import { inLater, inMemory, type Saboteur } from './sabotage.ts'

type Numbered = { number: unknown; list: unknown[] }

export const isolation: readonly Saboteur[] = [
  inMemory('isolation/of-what-was-stored', 'keeps the value it was handed', (right) => ({
    store(key, value) {
      right.store(key, value)
      right.entries.set(key, value)
    },
  })),
  inMemory('isolation/of-what-was-loaded', 'hands out the value it keeps', (right) => ({
    load: (key) => right.entries.get(key),
  })),
  inLater('isolation/of-two-loads', 'answers two loads at once with one value', (right) => {
    const loading = new Map<string, PromiseLike<unknown>>()
    return {
      load(key) {
        const shared = loading.get(key) ?? Promise.resolve(right.load(key)).finally(() => loading.delete(key))
        loading.set(key, shared)
        return shared
      },
    }
  }),
  inLater('isolation/at-the-call', 'takes the value when its turn has come', (right) => ({
    async store(key, value) {
      await undefined
      await right.store(key, value)
    },
  })),
  inMemory('isolation/leaves-its-argument', 'marks the values it is given', (right) => ({
    store(key, value) {
      right.store(key, value)
      if (typeof value === 'object' && value !== null) Object.assign(value, { stored: true })
    },
  })),
  inMemory(
    'isolation/of-one-value-under-two-keys',
    'keeps one copy of a value it has seen before',
    (right) => {
      const copies = new Map<unknown, unknown>()
      return {
        store(key, value) {
          const copy = Object.assign((copies.get(value) as Numbered) ?? {}, structuredClone(value))
          right.store(key, value)
          right.entries.set(key, copy)
          copies.set(value, copy)
        },
      }
    },
  ),
  inMemory('isolation/of-a-batch', 'keeps the values of a batch as they were handed', (right) => ({
    storeMany(entries) {
      const list = [...entries]
      right.storeMany(list)
      for (const [key, value] of list) right.entries.set(key, value)
    },
  })),
  inLater('isolation/of-a-batch', 'goes through a batch when its turn has come', (right) => ({
    async storeMany(entries) {
      await undefined
      await right.storeMany!(entries)
    },
  })),
  inMemory('isolation/of-what-a-batch-loaded', 'hands out in a batch what it keeps', (right) => ({
    loadMany: (keys) =>
      new Map([...keys].filter((key) => right.entries.has(key)).map((key) => [key, right.entries.get(key)])),
  })),
  inMemory(
    'isolation/of-a-buffer',
    'keeps a Buffer as it is',
    (right) => ({
      store(key, value) {
        right.store(key, value)
        if (Buffer.isBuffer(value)) right.entries.set(key, value)
      },
    }),
    'bytes',
  ),
  inMemory('isolation/of-what-a-batch-loaded', 'keeps what it decoded for a batch', (right) => {
    const decoded = new Map<string, unknown>()
    return {
      loadMany(keys) {
        for (const [key, value] of right.loadMany(keys)) if (!decoded.has(key)) decoded.set(key, value)
        return new Map(decoded)
      },
    }
  }),
]
