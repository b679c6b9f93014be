import { StoreError } from '@wt/core'
import { inMemory, type Saboteur } from './sabotage.ts'

const busy = () => new StoreError('BUSY', 'store: an enumeration is under way')

export const enumeration: readonly Saboteur[] = [
  inMemory('enumeration/empty', 'lists a key of its own', (right) => ({
    keys: () => ['version', ...right.keys()],
  })),
  inMemory('enumeration/each-key-once', 'lists a key as often as it was written', (right) => {
    const log: string[] = []
    return {
      store(key, value) {
        right.store(key, value)
        log.push(key)
      },
      keys: () => log.filter((key) => right.entries.has(key)),
    }
  }),
  inMemory('enumeration/forgets-what-was-removed', 'lists what was removed', (right) => {
    const seen = new Set<string>()
    return {
      store(key, value) {
        right.store(key, value)
        seen.add(key)
      },
      keys: () => [...seen],
    }
  }),
  inMemory('enumeration/holds-falsy', 'lists no key with a falsy value', (right) => ({
    keys: () => [...right.keys()].filter((key) => right.load(key)),
  })),
  inMemory('enumeration/beyond-a-page', 'lists the first thousand keys', (right) => ({
    keys: () => [...right.keys()].slice(0, 1000),
  })),
  inMemory('enumeration/holds-no-lock', 'refuses writes while it is enumerated', (right) => {
    let isLocked = false
    return {
      store(key, value) {
        if (isLocked) throw busy()
        right.store(key, value)
      },
      *keys() {
        isLocked = true
        try {
          yield* right.keys()
        } finally {
          isLocked = false
        }
      },
    }
  }),
  inMemory('enumeration/holds-no-lock', 'loses its place when a key is removed', (right) => ({
    *keys() {
      for (let index = 0; index < right.entries.size; index++)
        yield [...right.entries.keys()].sort().reverse()[index]!
    },
  })),
  inMemory(
    'enumeration/left-half-way',
    'refuses writes until an enumeration has come to its end',
    (right) => {
      let isLocked = false
      return {
        store(key, value) {
          if (isLocked) throw busy()
          right.store(key, value)
        },
        *keys() {
          isLocked = true
          yield* right.keys()
          isLocked = false
        },
      }
    },
  ),
  inMemory('enumeration/closed-half-way', 'cannot be closed in the middle of an enumeration', (right) => {
    let steps = 0
    return {
      *keys() {
        for (const key of right.keys()) {
          steps++
          yield key
        }
        steps = 0
      },
      close() {
        if (steps > 0) throw new Error('unable to close due to unfinalized statements')
        right.close()
      },
    }
  }),
  inMemory('enumeration/removed-as-listed', 'counts its pages from the first key there is', (right) => ({
    *keys() {
      for (let start = 0; ; start += 100) {
        const page = [...right.keys()].sort().slice(start, start + 100)
        yield* page
        if (page.length < 100) return
      }
    },
  })),
]
