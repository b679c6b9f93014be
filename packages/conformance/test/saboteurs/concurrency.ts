import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '@wt/core'
import { MemoryStore } from '../fixtures/memory-store.ts'
import { inLater, inLaterFiles, type Saboteur } from './sabotage.ts'

/** For a lock. */
const LONGEST_WAIT_MS = 100
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const copy = (key: string, value: unknown) => new MemoryStore().clone(key, value)

export const concurrency: readonly Saboteur[] = [
  inLater('concurrency/hundred-writers', 'keeps the order of no more than sixteen waiting calls', (right) => {
    let waiting = 0
    return {
      async store(key, value) {
        const taken = copy(key, value)
        waiting++
        // The overflow goes by another way, which takes longer.
        if (waiting > 16 && waiting < 60) for (let count = 0; count < 200; count++) await turn()
        await right.store(key, taken)
        waiting--
      },
    }
  }),
  inLater('concurrency/hundred-keys', 'has room for fifty waiting stores and drops the rest', (right) => {
    let waiting = 0
    return {
      async store(key, value) {
        const taken = copy(key, value)
        if (waiting >= 50) return
        waiting++
        await right.store(key, taken)
        waiting--
      },
    }
  }),
  inLater(
    'concurrency/interleaved-keys',
    'of the stores of one turn carries out the last of each batch of ten',
    (right) => {
      let waiting: [string, unknown][] = []
      let flushing: Promise<void> | undefined
      return {
        async store(key, value) {
          waiting.push([key, copy(key, value)])
          flushing ??= turn().then(async () => {
            const batch = waiting
            waiting = []
            flushing = undefined
            // Merged by position, not by key, once there are more than can be looked at one by one.
            const kept = batch.length <= 24 ? batch : batch.slice(-9)
            for (const [key, value] of kept) await right.store(key, value)
          })
          await flushing
        },
      }
    },
  ),
  inLater('concurrency/one-remove-wins', 'looks whether a key exists before its turn', (right) => ({
    async remove(key) {
      const existed = (await right.load(key)) !== undefined
      await right.remove(key)
      return existed
    },
  })),
  inLater(
    'concurrency/removes-know-what-was-stored',
    'answers a remove from what was stored before its call',
    (right) => {
      const known = new Set<string>()
      return {
        async store(key, value) {
          await right.store(key, value)
          known.add(key)
        },
        async remove(key) {
          const existed = known.delete(key)
          await right.remove(key)
          return existed
        },
      }
    },
  ),
  inLater(
    'concurrency/late-load-brings-nothing-back',
    'keeps what it loads, though a store came meanwhile',
    (right) => {
      const kept = new Map<string, unknown>()
      return {
        async store(key, value) {
          kept.delete(key)
          await right.store(key, value)
        },
        async load(key) {
          const resident = kept.get(key)
          if (resident !== undefined) return copy(key, resident)
          const loaded = await right.load(key)
          await turn()
          if (loaded !== undefined) kept.set(key, loaded)
          return copy(key, loaded)
        },
        async remove(key) {
          kept.delete(key)
          return await right.remove(key)
        },
      }
    },
  ),
  inLater('concurrency/never-torn', 'writes a large value in two parts', (right) => ({
    async store(key, value) {
      const taken = copy(key, value)
      if (taken instanceof Uint8Array && taken.length > 200_000) {
        await right.store(key, taken.slice(0, 100_000))
        await turn()
      }
      await right.store(key, taken)
    },
  })),
  inLater('concurrency/never-back', 'answers from one of two copies, which is a write behind', (right) => {
    const behind = new Map<string, unknown>()
    let loads = 0
    return {
      async store(key, value) {
        const before = await right.load(key)
        if (before !== undefined) behind.set(key, before)
        await right.store(key, value)
        for (let count = 0; count < 3; count++) await turn()
        behind.delete(key)
      },
      async load(key) {
        const old = behind.get(key)
        return ++loads % 3 === 0 && old !== undefined ? copy(key, old) : await right.load(key)
      },
    }
  }),
  inLater(
    'concurrency/a-refusal-holds-up-nobody',
    'has a queue that stays rejected until it is empty',
    (right) => {
      let last: Promise<unknown> = Promise.resolve()
      let waiting = 0
      return {
        async store(key, value) {
          const taken = copy(key, value)
          waiting++
          const turn = last.then(() => right.store(key, taken))
          last = turn
          try {
            await turn
          } finally {
            if (--waiting === 0) last = Promise.resolve()
          }
        },
      }
    },
  ),
  inLater(
    'concurrency/queued-values-are-copies',
    'copies a value at the call only when nothing is waiting',
    (right) => {
      let waiting = 0
      return {
        async store(key, value) {
          const taken = waiting === 0 ? copy(key, value) : value
          waiting++
          await turn()
          await right.store(key, taken)
          waiting--
        },
      }
    },
  ),
  inLater('concurrency/batches-keep-order', 'splits a batch and lets others in between', (right) => ({
    async storeMany(entries) {
      const taken = [...entries].map(([key, value]) => [key, copy(key, value)] as const)
      if (taken.length < 5) return await right.storeMany!(taken)
      await right.storeMany!(taken.slice(0, 2))
      await turn()
      await right.storeMany!(taken.slice(2))
    },
  })),
  inLaterFiles(
    'concurrency/close-settles-every-call',
    'acknowledges at close what it has not written yet',
    (right) => {
      let isClosing = false
      let waiting = 0
      return {
        async store(key, value) {
          if (waiting++ < 3) return await right.store(key, value)
          await turn()
          if (isClosing) return
          await right.store(key, value)
        },
        close() {
          isClosing = true
          return right.close!()
        },
      }
    },
  ),
  inLater(
    'concurrency/close-settles-every-call',
    'fails at close the calls in the middle of the queue with a plain Error',
    (right) => {
      let isClosing = false
      let calls = 0
      return {
        async store(key, value) {
          const isLate = calls++ > 10
          await right.store(key, value)
          if (isClosing && isLate) throw new Error('socket closed')
        },
        close() {
          isClosing = true
          return right.close!()
        },
      }
    },
  ),
  inLater(
    'concurrency/batches-in-opposite-orders',
    'locks the keys of a batch one by one, and fails where two wait for each other',
    (right) => {
      const locks = new Map<string, Promise<unknown>>()
      return {
        async storeMany(entries) {
          const list = structuredClone([...entries])
          const { promise, resolve } = Promise.withResolvers<void>()
          for (const [key] of list) {
            const before = locks.get(key)
            locks.set(key, promise)
            const isStuck = await Promise.race([before, sleep(LONGEST_WAIT_MS, true, { ref: false })])
            if (isStuck) throw new StoreError('BUSY', 'storeMany: a deadlock')
            await turn()
          }
          await right.storeMany!(list)
          resolve()
        },
      }
    },
  ),
  inLater('concurrency/aborted-calls', 'writes what it says it has not, when it is aborted', (right) => ({
    async store(key, value, { signal } = {}) {
      await right.store(key, value)
      if (signal?.aborted) throw new StoreError('ABORTED', 'store: aborted', { key, applied: 'no' })
    },
  })),
  inLater('concurrency/aborted-calls', 'rejects what is aborted with the reason of the signal', (right) => ({
    async store(key, value, { signal } = {}) {
      signal?.throwIfAborted()
      await right.store(key, value)
    },
  })),
]

/** A store that answers from memory for a while what it has been told, to be broken in how it forgets. */
export const linearizability: readonly Saboteur[] = [
  inLater(
    'linearizability/one-key',
    'shares one load among all who ask while it is under way, and after a store too',
    (right) => {
      const loading = new Map<string, Promise<unknown>>()
      return {
        async load(key) {
          const shared =
            loading.get(key) ??
            (async () => {
              const loaded = await right.load(key)
              await turn()
              loading.delete(key)
              return loaded
            })()
          loading.set(key, shared)
          return copy(key, await shared)
        },
      }
    },
  ),
  inLater('linearizability/one-key', 'acknowledges a remove before it is done', (right) => {
    const existing = new Set<string>()
    return {
      async store(key, value) {
        existing.add(key)
        await right.store(key, value)
      },
      async remove(key) {
        const existed = existing.delete(key)
        void turn()
          .then(() => right.remove(key))
          .catch(() => {
            // Closed meanwhile.
          })
        return existed
      },
    }
  }),
  inLater(
    'linearizability/several-keys',
    'shares a load among keys that differ in what comes after a slash',
    (right) => {
      const loading = new Map<string, Promise<unknown>>()
      return {
        async load(key) {
          const name = key.split('/')[0]!
          const shared = loading.get(name)
          if (shared !== undefined) return copy(key, await shared)
          const load = Promise.resolve(right.load(key))
          loading.set(name, load)
          const loaded = await load
          loading.delete(name)
          return loaded
        },
      }
    },
  ),
  inLater(
    'linearizability/many-calls',
    'answers a load at once with the old value when more than ten calls wait',
    (right) => {
      let waiting = 0
      const last = new Map<string, unknown>()
      return {
        async store(key, value) {
          waiting++
          const taken = copy(key, value)
          if (!last.has(key)) last.set(key, taken)
          await right.store(key, taken)
          waiting--
        },
        async load(key) {
          if (waiting > 10 && last.has(key)) return copy(key, last.get(key))
          waiting++
          try {
            return await right.load(key)
          } finally {
            waiting--
          }
        },
      }
    },
  ),
  inLater(
    'linearizability/mixed-sizes',
    'takes longer for large values and does not wait for them',
    (right) => ({
      async store(key, value) {
        const taken = copy(key, value)
        if (taken instanceof Uint8Array && taken.length > 50_000) await turn()
        await right.store(key, taken)
      },
    }),
  ),
  inLater('linearizability/batches', 'lets a batch overtake what was called before it', (right) => {
    let last: Promise<unknown> = Promise.resolve()
    return {
      async store(key, value) {
        const taken = copy(key, value)
        last = turn().then(() => right.store(key, taken))
        await last
      },
    }
  }),
  inLater('linearizability/conditional-writes', 'looks at the condition before its turn', (right) => ({
    async storeIf(key, value, expected, version) {
      const taken = copy(key, value)
      const found = await right.loadVersioned!(key)
      if (found?.version !== expected) return false
      return right.storeIf!(key, taken, (await right.loadVersioned!(key))?.version, version)
    },
  })),
  inLaterFiles(
    'linearizability/after-a-reopen',
    'writes in the order of the keys when it is closed',
    (right) => {
      const memory = new MemoryStore()
      const logged: [string, unknown][] = []
      let isClosed = false
      const assertOpen = () => {
        if (isClosed) throw new StoreError('CLOSED', 'closed')
      }
      return {
        async store(key, value) {
          assertOpen()
          memory.store(key, value)
          logged.push([key, copy(key, value)])
        },
        async load(key) {
          assertOpen()
          return memory.entries.has(key) ? memory.load(key) : await right.load(key)
        },
        async remove(key) {
          assertOpen()
          const existed = memory.remove(key)
          return (await right.remove(key)) || existed
        },
        async close() {
          if (isClosed) return
          isClosed = true
          for (const [key, value] of logged) await right.store(key, value)
          await right.close!()
        },
      }
    },
  ),
]
