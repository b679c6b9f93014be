import { newVersion, type Versioned } from '@wt/core'
import { inBounded, inFiles, inLater, inMemory, type Saboteur } from './sabotage.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
export const versions: readonly Saboteur[] = [
  inMemory('versions/loads-with-version', 'makes a new version at each look', (right) => ({
    loadVersioned: (key) => renamed(right.loadVersioned(key), newVersion()),
  })),
  inMemory('versions/loads-with-version', 'has one version for all keys', (right) => {
    let writes = 0
    return {
      store(key, value) {
        right.store(key, value)
        writes++
      },
      loadVersioned: (key) => renamed(right.loadVersioned(key), `version ${writes}`),
    }
  }),
  inMemory('versions/every-write-changes-it', 'takes the content of a value for its version', (right) => ({
    loadVersioned(key) {
      const found = right.loadVersioned(key)
      return renamed(found, JSON.stringify(found?.value) ?? '')
    },
  })),
  inMemory('versions/every-write-changes-it', 'counts versions from 1 for each new entry', (right) => {
    const counts = new Map<string, number>()
    const count = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)
    return {
      store(key, value) {
        right.store(key, value)
        count(key)
      },
      remove(key) {
        counts.delete(key)
        return right.remove(key)
      },
      loadVersioned: (key) => renamed(right.loadVersioned(key), `version ${counts.get(key)}`),
    }
  }),
  inMemory('versions/stores-if-unchanged', 'makes a version of its own at storeIf', (right) => ({
    storeIf: (key, value, expected) => right.storeIf(key, value, expected, newVersion()),
  })),
  inMemory('versions/refuses-what-was-overtaken', 'stores whatever version is there', (right) => ({
    storeIf(key, value, expected, version) {
      const found = right.loadVersioned(key)
      return right.storeIf(key, value, expected && found?.version, version)
    },
  })),
  inMemory('versions/refuses-what-was-overtaken', 'stores what it refuses', (right) => ({
    storeIf(key, value, expected, version) {
      const isStored = right.storeIf(key, value, expected, version)
      if (!isStored && expected !== undefined) right.store(key, value)
      return isStored
    },
  })),
  inMemory('versions/stores-if-absent', 'makes a version of its own for a new entry', (right) => ({
    storeIf: (key, value, expected, version) =>
      right.storeIf(key, value, expected, expected === undefined ? newVersion() : version),
  })),
  inMemory('versions/stores-if-absent', 'overwrites where it expects no entry', (right) => ({
    storeIf: (key, value, expected, version) =>
      right.storeIf(key, value, expected ?? right.loadVersioned(key)?.version, version),
  })),
  inMemory('versions/refuses-what-is-gone', 'stores a removed entry anew', (right) => ({
    storeIf: (key, value, expected, version) =>
      right.storeIf(key, value, right.entries.has(key) ? expected : undefined, version),
  })),
  inMemory('versions/removes-if-unchanged', 'removes whatever version is there', (right) => ({
    removeIf: (key) => right.remove(key),
  })),
  inMemory('versions/batches-change-it', 'leaves versions as they are at storeMany', (right) => ({
    storeMany(entries) {
      const batch = [...entries]
      const before = new Map(right.versions)
      right.storeMany(batch)
      for (const [key, version] of before) right.versions.set(key, version)
    },
  })),
  inMemory('versions/falsy', 'takes a falsy value for no entry', (right) => ({
    storeIf(key, value, expected, version) {
      if (!right.load(key)) right.remove(key)
      return right.storeIf(key, value, expected, version)
    },
  })),
  inMemory('versions/copies', 'hands out what it holds with the version', (right) => ({
    loadVersioned(key) {
      const found = right.loadVersioned(key)
      return found && { ...found, value: right.entries.get(key) }
    },
  })),
  inMemory('versions/undefined-is-no-value', 'takes undefined at storeIf for a remove', (right) => ({
    storeIf: (key, value, expected, version) =>
      value === undefined ? right.removeIf(key, expected!) : right.storeIf(key, value, expected, version),
  })),
  inBounded('versions/full', 'has no bound for storeIf', (right) => ({
    storeIf(key, value, expected, version) {
      if (right.entries.size < right.maxEntries || right.entries.has(key)) {
        return right.storeIf(key, value, expected, version)
      }
      right.entries.set(key, value)
      return true
    },
  })),
  inFiles('versions/survive-reopen', 'holds versions in memory alone', (right) => {
    const versions = new Map<string, string>()
    return {
      loadVersioned(key) {
        if (!versions.has(key)) versions.set(key, newVersion())
        return renamed(right.loadVersioned(key), versions.get(key)!)
      },
      storeIf(key, value, _, version) {
        versions.set(key, version)
        right.store(key, value)
        return true
      },
    }
  }),
  inLater('versions/increments', 'compares at the call and stores in a later turn', (right) => ({
    async storeIf(key, value, expected, version) {
      const found = await right.loadVersioned!(key)
      if (found?.version !== expected) return false
      await turn()
      return right.storeIf!(key, value, (await right.loadVersioned!(key))?.version, version)
    },
  })),
  inMemory('versions/settled-by-its-own-version', 'shows the version before the last write', (right) => {
    const before = new Map<string, string>()
    return {
      loadVersioned(key) {
        const found = right.loadVersioned(key)
        return renamed(found, before.get(key) ?? found?.version ?? '')
      },
      storeIf(key, value, expected, version) {
        const found = right.loadVersioned(key)
        if ((before.get(key) ?? found?.version) !== expected) return false
        before.set(key, found?.version ?? newVersion())
        return right.storeIf(key, value, found?.version, version)
      },
    }
  }),
  inMemory(
    'versions/foreign',
    'changes at storeIf what JSON cannot hold',
    (right) => ({
      storeIf(key, value, expected, version) {
        const text = JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? '' : member))
        return right.storeIf(key, text === undefined ? value : JSON.parse(text), expected, version)
      },
    }),
    'json',
  ),
]

/** The same entry under another version. */
function renamed(found: Versioned<unknown> | undefined, version: string): Versioned<unknown> | undefined {
  return found && { ...found, version }
}
