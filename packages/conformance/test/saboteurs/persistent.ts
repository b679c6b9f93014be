import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Target } from '../../src/index.ts'
import { MemoryStore } from '../fixtures/memory-store.ts'
import { file } from '../fixtures/targets.ts'
import { FAULTS, faultyTarget } from './processes.conformance.ts'
import { inFiles, type Saboteur } from './sabotage.ts'

const closedLocations = new Set<string>()

export const persistent: readonly Saboteur[] = [
  {
    kills: 'persistent/survives-reopen',
    fault: 'survives nothing',
    target: withOpen(() => new MemoryStore()),
  },
  inFiles('persistent/overwrite-survives', 'writes only the first value of a key down', (right) => {
    const held = new Map<string, unknown>()
    return {
      store(key, value) {
        const isThere = right.load(key) !== undefined
        if (isThere) held.set(key, value)
        else right.store(key, value)
      },
      load: (key) => held.get(key) ?? right.load(key),
    }
  }),
  inFiles('persistent/remove-survives', 'does not write a remove down', (right) => {
    const removed = new Set<string>()
    return {
      store(key, value) {
        removed.delete(key)
        right.store(key, value)
      },
      load: (key) => (removed.has(key) ? undefined : right.load(key)),
      remove(key) {
        const existed = !removed.has(key) && right.load(key) !== undefined
        removed.add(key)
        return existed
      },
    }
  }),
  inFiles(
    'persistent/grows-over-reopens',
    'starts anew when it is opened with more than two entries',
    (right) => {
      const names = readdirSync(right.location).filter((name) => name.endsWith('.record'))
      if (names.length > 2) for (const name of names) rmSync(join(right.location, name))
      return {}
    },
  ),
  inFiles('persistent/keys-survive', 'lists only what was stored since it was opened', (right) => {
    const seen = new Set<string>()
    return {
      store(key, value) {
        right.store(key, value)
        seen.add(key)
      },
      keys: () => [...seen],
    }
  }),
  ...Object.entries(FAULTS).map(([fault, { kills }]) => ({ kills, fault, target: faultyTarget(fault) })),
  inFiles('persistent/shared-writes-are-seen', 'does not look again for a key it knows', (right) => {
    const known = new Map<string, unknown>()
    return {
      store(key, value) {
        right.store(key, value)
        known.set(key, value)
      },
      load(key) {
        const value = known.get(key) ?? right.load(key)
        known.set(key, value)
        return value
      },
    }
  }),
  inFiles('persistent/shared-close-is-its-own', 'closes every store on its location', (right) => {
    closedLocations.delete(right.location)
    return {
      load(key) {
        if (closedLocations.has(right.location)) right.closed = true
        return right.load(key)
      },
      close() {
        closedLocations.add(right.location)
        right.close()
      },
    }
  }),
  inFiles('persistent/revision-tells-of-others', 'has one revision for ever', () => ({ revision: () => 1 })),
  inFiles('persistent/revision-tells-of-others', 'counts stores and no removes', (right) => {
    return {
      remove(key) {
        const before = right.countWrite
        right.countWrite = () => {}
        const existed = right.remove(key)
        right.countWrite = before
        return existed
      },
    }
  }),
  inFiles('persistent/revision-tells-across-a-reopen', 'counts the writes since it was opened', (right) => {
    const atOpening = Number(right.revision())
    return { revision: () => Number(right.revision()) - atOpening }
  }),
  inFiles(
    'persistent/shared-writes-are-seen',
    'lists what it has found when it was first asked',
    (right) => {
      let listed: string[] | undefined
      return {
        keys() {
          listed ??= [...right.keys()]
          return listed
        },
      }
    },
    { shared: true },
  ),
  inFiles('persistent/revision-tells-of-others', 'counts single writes and no batches', (right) => ({
    storeMany(entries) {
      const before = right.countWrite
      right.countWrite = () => {}
      right.storeMany(entries)
      right.countWrite = before
    },
  })),
]

function withOpen(open: Target['open']): Target {
  return { ...file, open }
}
