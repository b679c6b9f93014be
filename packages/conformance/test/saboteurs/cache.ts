import type { Cache } from '../../src/index.ts'
import { file } from '../fixtures/targets.ts'
import { inCaches, type Saboteur } from './sabotage.ts'

const isPromise = (answer: unknown): answer is Promise<unknown> => answer instanceof Promise
/** Goes on after an answer that may come at once or later. */
const after = <T>(answer: T | Promise<T>, next: (value: T) => unknown): never =>
  (isPromise(answer) ? answer.then((value) => next(value as T)) : next(answer)) as never
const otherwise = (call: () => unknown, rescue: (error: unknown) => unknown): never => {
  try {
    const answer = call()
    return (isPromise(answer) ? answer.catch(rescue) : answer) as never
  } catch (error) {
    return rescue(error) as never
  }
}
const isAsync = (right: Cache) => right[Symbol.asyncDispose as never] !== undefined

/** Values beside the right cache, which answer first: the place where a cache goes wrong. */
function aside(right: Cache): Map<string, unknown> & { answer(key: string): unknown } {
  const values = new Map<string, unknown>()
  return Object.assign(values, {
    answer(key: string): unknown {
      if (!values.has(key)) return right.get(key)
      return isAsync(right) ? Promise.resolve(values.get(key)) : values.get(key)
    },
  })
}

export const cache: readonly Saboteur[] = [
  inCaches('cache/put-is-in-the-store', 'writes to the store when the key is evicted', (right) => {
    const dirty = aside(right)
    return {
      put(key, value) {
        dirty.set(key, value)
        return (isAsync(right) ? Promise.resolve() : undefined) as never
      },
      get: (key) => dirty.answer(key),
    }
  }),
  inCaches('cache/reads-through', 'answers from what was put alone', (right) => ({
    get: (key) => (isAsync(right) ? Promise.resolve(right.peek(key)) : right.peek(key)),
  })),
  inCaches('cache/reads-through', 'caches nothing that it loads', (right) => ({
    get: (key) =>
      after(right.get(key) as never, (value) => {
        right.evict(key)
        return value
      }),
  })),
  inCaches('cache/falsy-values-are-hits', 'takes a falsy value for a miss', (right) => ({
    get(key) {
      if (!right.peek(key)) right.evict(key)
      return right.get(key)
    },
  })),
  inCaches('cache/absence-is-not-invented', 'remembers a miss and does not forget it at a put', (right) => {
    const missed = new Set<string>()
    return {
      get(key) {
        if (missed.has(key)) return (isAsync(right) ? Promise.resolve(undefined) : undefined) as never
        return after(right.get(key) as never, (value) => {
          if (value === undefined) missed.add(key)
          return value
        })
      },
    }
  }),
  inCaches('cache/undefined-is-no-value', 'takes a put of undefined for an invalidate', (right) => ({
    put: (key, value) => (value === undefined ? (right.invalidate(key) as never) : right.put(key, value)),
  })),
  inCaches('cache/invalidate-removes-from-both', 'invalidates in memory alone', (right) => ({
    invalidate: (key) => after(right.get(key) as never, () => right.evict(key)),
  })),
  inCaches('cache/evict-leaves-the-store', 'removes from the store what it evicts', (right, store) => ({
    evict(key) {
      void store.remove(key)
      return right.evict(key)
    },
  })),
  inCaches('cache/bounded', 'counts one entry in four', (right, _, { capacity }) => {
    let extra = 0
    return {
      put(key, value) {
        extra++
        return right.put(key, value)
      },
      get size() {
        return extra > capacity ? capacity + Math.floor(extra / 4) : right.size
      },
    }
  }),
  inCaches('cache/many-at-once', 'of duplicates in putMany keeps the first in memory', (right) => ({
    putMany(entries) {
      const list = [...entries]
      return after(right.putMany(list) as never, () => {
        const seen = new Map<string, unknown>()
        for (const [key, value] of list) if (!seen.has(key)) seen.set(key, value)
        return right.putMany([...seen])
      })
    },
  })),
  inCaches('cache/close-closes-the-store', 'leaves the store open at close', (right) => ({
    close: () => (isAsync(right) ? Promise.resolve() : undefined) as never,
  })),
  inCaches(
    'cache/sees-others-by-revision',
    'asks for the revision once',
    (right) => {
      const held = aside(right)
      return {
        get(key) {
          if (held.has(key)) return held.answer(key)
          return after(right.get(key) as never, (value) => {
            held.set(key, value)
            return value
          })
        },
      }
    },
    file,
  ),
  inCaches(
    'cache/refused-put-changes-neither',
    'writes memory first and leaves it when the store refuses',
    (right) => {
      const held = aside(right)
      return {
        put(key, value) {
          held.set(key, value)
          return right.put(key, value)
        },
        get: (key) => held.answer(key),
      }
    },
  ),
  inCaches(
    'cache/doubtful-put-asks-the-store',
    'keeps the old value after a put of which nobody knows',
    (right) => {
      const held = aside(right)
      return {
        put: (key, value) => after(right.put(key, value) as never, () => void held.set(key, value)),
        get: (key) => held.answer(key),
      }
    },
  ),
  inCaches('cache/failures-are-told', 'swallows what the store throws', (right) => ({
    put: (key, value) =>
      otherwise(
        () => right.put(key, value),
        () => undefined,
      ),
  })),
  inCaches('cache/failures-are-told', 'passes on what the store threw as it is', (right) => ({
    put: (key, value) =>
      otherwise(
        () => right.put(key, value),
        (error) => {
          throw (error as Error).cause ?? error
        },
      ),
  })),
  inCaches(
    'cache/refused-invalidate-keeps-the-value',
    'says of a failed remove that the key did not exist',
    (right) => ({
      invalidate: (key) =>
        otherwise(
          () => right.invalidate(key),
          () => false,
        ),
    }),
  ),
  inCaches(
    'cache/doubtful-invalidate-asks-the-store',
    'puts the value back when a remove has failed',
    (right) => {
      const held = aside(right)
      return {
        put: (key, value) => after(right.put(key, value) as never, () => void held.set(key, value)),
        get: (key) => held.answer(key),
        invalidate: (key) =>
          after(right.invalidate(key) as never, (existed) => {
            held.delete(key)
            return existed
          }),
      }
    },
  ),
  inCaches('cache/a-failed-load-is-no-miss', 'takes a failed load for a miss', (right) => ({
    get: (key) =>
      otherwise(
        () => right.get(key),
        () => undefined,
      ),
  })),
  inCaches('cache/a-failed-load-is-no-miss', 'produces when it cannot load', (right) => ({
    getOrPut: (key, produce) =>
      otherwise(
        () => right.getOrPut(key, produce),
        () => {
          const value = produce()
          return after(right.put(key, value) as never, () => value)
        },
      ),
  })),
  inCaches('cache/a-partial-batch-is-told', 'reports a bulk write that failed in part as done', (right) => ({
    putMany: (entries) =>
      otherwise(
        () => right.putMany(entries),
        () => undefined,
      ),
  })),
  inCaches('cache/one-load-per-key', 'loads once for every get', (right, store) => ({
    get: (key) => (right.peek(key) === undefined ? (store.load(key) as never) : right.get(key)),
  })),
  inCaches('cache/a-failed-load-is-not-shared-on', 'remembers that a load failed', (right) => {
    const failed = new Map<string, unknown>()
    return {
      get(key) {
        if (failed.has(key)) return Promise.reject(failed.get(key))
        return otherwise(
          () => right.get(key),
          (error) => {
            failed.set(key, error)
            throw error
          },
        )
      },
    }
  }),
  inCaches(
    'cache/late-load-is-not-kept',
    'keeps what a load brings, though a put came meanwhile',
    (right, store) => {
      const held = aside(right)
      return {
        get: async (key) => {
          if (right.peek(key) !== undefined && !held.has(key)) return await right.get(key)
          if (held.has(key)) return held.get(key)
          const loaded = await store.load(key)
          held.set(key, loaded)
          return loaded
        },
      }
    },
  ),
  inCaches(
    'cache/late-load-does-not-revive',
    'keeps what a load brings, though it was invalidated meanwhile',
    (right, store) => {
      const held = aside(right)
      return {
        get: async (key) => {
          if (held.has(key)) return held.get(key)
          const loaded = await store.load(key)
          if (loaded !== undefined) held.set(key, loaded)
          return loaded
        },
        put: async (key, value) => {
          await right.put(key, value)
          held.set(key, value)
        },
        invalidate: async (key) => {
          held.delete(key)
          return await right.invalidate(key)
        },
      }
    },
  ),
  inCaches(
    'cache/readers-are-not-rejected',
    'rejects those who wait for a load that a put replaces',
    (right) => {
      const waiting = new Set<(error: Error) => void>()
      return {
        get: (key) =>
          new Promise((resolve, reject) => {
            waiting.add(reject)
            Promise.resolve(right.get(key)).then(resolve, reject)
          }),
        put(key, value) {
          for (const reject of waiting) reject(new Error('replaced'))
          return right.put(key, value)
        },
      }
    },
  ),
  inCaches('cache/a-read-during-a-put', 'keeps what it read from the store during a put', (right, store) => {
    let writing = 0
    const held = new Map<string, unknown>()
    return {
      put: async (key, value) => {
        held.delete(key)
        writing++
        await right.put(key, value)
        writing--
      },
      get: async (key) => {
        if (held.has(key)) return held.get(key)
        if (writing === 0) return await right.get(key)
        const loaded = await store.load(key)
        held.set(key, loaded)
        return loaded
      },
    }
  }),
  inCaches('cache/puts-keep-their-order', 'sends every put to the store at once', (right, store) => ({
    put: async (key, value) => {
      await store.store(key, value)
      right.evict(key)
    },
  })),
  inCaches('cache/a-slow-key-holds-up-no-other', 'does one call after the other', (right) => {
    let last: Promise<unknown> = Promise.resolve()
    const inTurn = <T>(call: () => T): never => {
      last = last.then(call, call)
      return last as never
    }
    return {
      put: (key, value) => inTurn(() => right.put(key, value)),
      get: (key) => inTurn(() => right.get(key)),
      invalidate: (key) => inTurn(() => right.invalidate(key)),
    }
  }),
  inCaches('cache/a-failed-put-fails-no-other', 'rejects the puts behind one that failed', (right) => {
    let last: Promise<unknown> = Promise.resolve()
    return {
      put(key, value) {
        last = last.then(() => right.put(key, value))
        return last as never
      },
    }
  }),
  inCaches('cache/get-or-put-produces-once', 'produces for every caller', (right) => ({
    getOrPut: async (key, produce) => {
      const present = await right.get(key)
      if (present !== undefined) return present
      const value = produce()
      await right.put(key, value)
      return value
    },
  })),
  inCaches('cache/updates-are-atomic', 'reads, changes and writes in three steps', (right) => ({
    update: async (key, change) => {
      const value = change(await right.get(key))
      if (value === undefined) await right.invalidate(key)
      else await right.put(key, value)
      return value
    },
  })),
  inCaches('cache/model', 'brings back with refresh what was invalidated after an evict', (right, store) => {
    const evicted = new Map<string, unknown>()
    return {
      evict(key) {
        const value = right.peek(key)
        if (value !== undefined) evicted.set(key, value)
        return right.evict(key)
      },
      refresh: (key) =>
        after(right.refresh(key) as never, (value) => {
          if (value !== undefined || !evicted.has(key)) return value
          const old = evicted.get(key)
          return after(store.store(key, old) as never, () => old)
        }),
    }
  }),
  inCaches(
    'cache/concurrent-histories',
    'shares a load among all who ask, whatever is put meanwhile',
    (_, store) => {
      const loading = new Map<string, Promise<unknown>>()
      return {
        get: async (key) => {
          const shared = loading.get(key)
          if (shared !== undefined) return await shared
          const load = Promise.resolve(store.load(key)).finally(() => loading.delete(key))
          loading.set(key, load)
          return await load
        },
      }
    },
  ),
]
