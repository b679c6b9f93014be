import { StoreError } from '@wt/core'
import { inFiles, inLater, inMemory, type Saboteur } from './sabotage.ts'

const openStores = new Set<{ closed: boolean }>()

export const lifecycle: readonly Saboteur[] = [
  inMemory('lifecycle/close-is-idempotent', 'fails at the second close', (right) => ({
    close() {
      right.assertOpen()
      right.close()
    },
  })),
  inMemory('lifecycle/closed-to-store', 'stores after close', (right) => ({
    store: (key, value) => void right.entries.set(key, value),
  })),
  inMemory('lifecycle/closed-to-store', 'fails after close with a plain Error', (right) => ({
    store(key, value) {
      if (right.closed) throw new Error('not open')
      right.store(key, value)
    },
  })),
  inMemory('lifecycle/closed-to-load', 'loads after close', (right) => ({
    load: (key) => right.clone(key, right.entries.get(key)),
  })),
  inMemory('lifecycle/closed-to-load', 'says after close that a key is absent', (right) => ({
    load: (key) => (right.closed ? undefined : right.load(key)),
  })),
  inMemory('lifecycle/closed-to-remove', 'removes after close', (right) => ({
    remove: (key) => right.entries.delete(key),
  })),
  inMemory('lifecycle/closed-to-batches', 'stores batches after close', (right) => ({
    storeMany(entries) {
      if (!right.closed) right.storeMany(entries)
    },
  })),
  inMemory('lifecycle/closed-to-batches', 'loads batches after close', (right) => ({
    loadMany: (keys) => (right.closed ? new Map() : right.loadMany(keys)),
  })),
  inMemory(
    'lifecycle/closed-to-versions',
    'refuses conditional writes after close as if overtaken',
    (right) => ({
      storeIf: (key, value, expected, version) =>
        right.closed ? false : right.storeIf(key, value, expected, version),
      removeIf: (key, expected) => (right.closed ? false : right.removeIf(key, expected)),
    }),
  ),
  inMemory('lifecycle/closed-to-leases', 'refuses leases after close as if another had them', (right) => ({
    acquireLease: (key, holder, leaseMs) => !right.closed && right.acquireLease(key, holder, leaseMs),
    releaseLease(key, holder) {
      if (!right.closed) right.releaseLease(key, holder)
    },
  })),
  inMemory('lifecycle/closed-to-keys', 'lists no keys after close', (right) => ({
    keys: () => (right.closed ? [] : right.keys()),
  })),
  inFiles('lifecycle/closed-writes-do-nothing', 'writes what it refuses as CLOSED', (right) => ({
    store(key, value) {
      const { closed } = right
      right.closed = false
      right.store(key, value)
      right.closed = closed
      right.assertOpen()
    },
  })),
  inMemory('lifecycle/close-is-its-own', 'closes all stores at once', (right) => {
    openStores.add(right)
    return {
      close() {
        for (const store of openStores) store.closed = true
      },
    }
  }),
  inLater(
    'lifecycle/close-answers-what-is-on-its-way',
    'fails with a plain Error what close overtook',
    (right) => {
      let isClosing = false
      return {
        async store(key, value) {
          await right.store(key, value)
          if (isClosing) throw new Error('socket closed')
        },
        close() {
          isClosing = true
          return right.close!()
        },
      }
    },
  ),
  inFiles(
    'lifecycle/close-answers-what-is-on-its-way',
    'acknowledges what close overtook and does not write it',
    (right) => ({
      async store(key, value) {
        await undefined
        try {
          right.store(key, value)
        } catch (error) {
          if (!StoreError.is(error) || error.code !== 'CLOSED') throw error
        }
      },
    }),
    { sync: false },
  ),
]
