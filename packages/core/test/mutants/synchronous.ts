import type { Mutant } from './mutant.ts'

/** Rules of the synchronous cache. */
export const synchronous: readonly Mutant[] = [
  {
    id: 'sync/re-entered-load-is-installed',
    file: 'src/coordination/sync-operations.ts',
    find: '        if (this.#generations.held(key, began)) {\n          this',
    replace: '        if (Boolean(began + 1)) {\n          this',
    rule: 'The synchronous cache has generations too: a re-entered key is not installed.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a load that puts the key answers the newer value',
    },
  },
  {
    id: 'sync/overtaken-load-goes-on',
    file: 'src/coordination/sync-operations.ts',
    find: 'const OVERTAKEN_AT_MOST = 3',
    replace: 'const OVERTAKEN_AT_MOST = 300',
    rule: 'A load that always writes its key ends.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a load that always writes its key ends, and caches nothing',
    },
  },
  {
    id: 'sync/overtaken-load-does-not-look-again',
    file: 'src/coordination/sync-operations.ts',
    find: '      if (newer !== undefined) return residentValue(newer)\n',
    replace: '',
    rule: "An overtaken load's callers look again: a resident value.",
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a load that puts the key answers the newer value',
    },
  },
  {
    id: 'sync/re-entered-batch-load-is-installed',
    file: 'src/coordination/sync-operations.ts',
    find: 'if (batch !== undefined && this.#generations.held(key, began))',
    replace: 'if (batch !== undefined)',
    rule: 'A re-entered key is not installed, also of a batch.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a bulk load, or a bulk write, during which one key is written',
    },
  },
  {
    id: 'sync/write-does-not-move',
    file: 'src/coordination/sync-operations.ts',
    find: '    this.#residence.counters.writes++\n    this.#generations.move(key)\n',
    replace: '    this.#residence.counters.writes++\n',
    rule: 'The generation is bumped when a write starts.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a load that puts the key answers the newer value',
    },
  },
  {
    id: 'sync/re-entered-write-is-installed',
    file: 'src/coordination/sync-operations.ts',
    find: 'this.#residence.written(key, value, weight, since, this.#generations.held(key, began))\n    } finally',
    replace: 'this.#residence.written(key, value, weight, since, true)\n    } finally',
    rule: 'A store that puts while it stores leaves no older value resident.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a put inside the store’s put: the key is not cached, for either may have come last',
    },
  },
  {
    id: 'sync/batch-write-does-not-move',
    file: 'src/coordination/sync-operations.ts',
    find: '    for (const key of batch.keys()) this.#generations.move(key)\n',
    replace: '',
    rule: 'The generation of each key of a batch is bumped when the write starts.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a load that puts the key among many answers the newer value',
    },
  },
  {
    id: 'sync/re-entered-batch-write-is-installed',
    file: 'src/coordination/sync-operations.ts',
    find: '          this.#residence.written(key, value, weight, since, this.#generations.held(key, began))\n        } else',
    replace: '          this.#residence.written(key, value, weight, since, true)\n        } else',
    rule: 'A re-entered key of a batch write is not installed.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a bulk load, or a bulk write, during which one key is written',
    },
  },
  {
    id: 'sync/remove-does-not-move',
    file: 'src/coordination/sync-operations.ts',
    find: '    this.#residence.table.delete(key)\n    this.#generations.move(key)\n',
    replace: '    this.#residence.table.delete(key)\n',
    rule: 'The generation is bumped when a remove starts.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a load that invalidates the key answers absence',
    },
  },
  {
    id: 'sync/remove-does-not-drop-at-the-call',
    file: 'src/coordination/sync-operations.ts',
    find: '    this.#residence.table.delete(key)\n    this.#generations.move(key)\n',
    replace: '    this.#generations.move(key)\n',
    rule: 'invalidate drops the resident value when it is called.',
    killedBy: {
      file: 'test/write-through-cache.test.ts',
      name: 'a write that fails > a remove that failed with applied no has dropped the resident value and kept the stored one',
    },
  },
  {
    id: 'sync/removed-key-stays-resident',
    file: 'src/residence/residence.ts',
    find: '  removed(key: K): void {\n    this.table.delete(key)\n',
    replace: '  removed(key: K): void {\n',
    rule: 'invalidate drops the resident value when the store has removed it.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a get inside an invalidate is gone with it',
    },
  },
  {
    id: 'sync/evict-does-not-move',
    file: 'src/coordination/sync-operations.ts',
    find: "    this.#generations.move(key)\n    return this.#residence.drop(key, 'requested')",
    replace: "    return this.#residence.drop(key, 'requested')",
    rule: 'evict bumps the generation.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a load that calls evict for the key is loaded again',
    },
  },
  {
    id: 'sync/evictAll-does-not-move',
    file: 'src/coordination/sync-operations.ts',
    find: "    this.#generations.moveAll()\n    this.#residence.dropAll('requested')",
    replace: "    this.#residence.dropAll('requested')",
    rule: 'evictAll bumps every generation.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a load that calls evictAll for the key is loaded again',
    },
  },
  {
    id: 'sync/revision-spares-operations-under-way',
    file: 'src/coordination/sync-operations.ts',
    find: "    this.#generations.moveAll()\n    this.#residence.dropAll('outdated')",
    replace: "    this.#residence.dropAll('outdated')",
    rule: 'A revision that moved bumps every operation under way.',
    killedBy: {
      file: 'test/protocol.test.ts',
      name: 'a synchronous load during which the revision moves is not cached',
    },
  },
  {
    id: 'sync/revision-drops-always',
    file: 'src/coordination/sync-operations.ts',
    find: '    if (revision === this.#revision) return\n',
    replace: '',
    rule: 'While nobody else writes, hits are hits.',
    killedBy: {
      file: 'test/coherence.test.ts',
      name: 'coherence revision, synchronous > while nobody else writes, hits are hits',
    },
  },
  {
    id: 'sync/revision-is-not-remembered',
    file: 'src/coordination/sync-operations.ts',
    find: '    this.#revision = revision\n',
    replace: '',
    rule: 'While nobody else writes, hits are hits.',
    killedBy: {
      file: 'test/coherence.test.ts',
      name: 'coherence revision, synchronous > while nobody else writes, hits are hits',
    },
  },
  {
    id: 'sync/function-may-use-the-cache-for-its-key',
    file: 'src/coordination/sync-operations.ts',
    find: 'if (!this.#generations.held(key, began)) {',
    replace: 'if (began < 0) {',
    rule: 'The function of update must not use the cache for its own key.',
    killedBy: {
      file: 'test/write-through-cache.test.ts',
      name: 'getOrPut and update > a function that uses the cache for its own key is a TypeError, and what it wrote stays',
    },
  },
  {
    id: 'sync/hit-does-not-ask-for-the-revision',
    file: 'src/write-through-cache.ts',
    find: '    this.#dropIfChanged()\n    const resident = this.#readResident(key)\n    if',
    replace: '    const resident = this.#readResident(key)\n    if',
    rule: "With coherence 'revision' the store is asked before every hit.",
    killedBy: {
      file: 'test/coherence.test.ts',
      name: 'coherence revision, synchronous > what others changed is seen at the next read',
    },
  },
  {
    id: 'sync/miss-does-not-ask-for-the-revision',
    file: 'src/write-through-cache.ts',
    find: "    this.#checkOpen('get', key)\n    this.#dropIfChanged()\n",
    replace: "    this.#checkOpen('get', key)\n",
    rule: 'The revision is sampled before a load starts.',
    killedBy: {
      file: 'test/coherence.test.ts',
      name: 'coherence revision, synchronous > while nobody else writes, hits are hits',
    },
  },
  {
    id: 'sync/every-move-is-of-all',
    file: 'src/coordination/generations.ts',
    find: 'return this.#allMoved <= began && (this.#moved.get(key) ?? 0) <= began',
    replace: 'return false',
    rule: 'Writes of other keys do not keep a key from being cached.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > writes of other keys do not keep a key from being cached',
    },
  },
  {
    id: 'sync/moveAll-is-not-noticed',
    file: 'src/coordination/generations.ts',
    find: 'return this.#allMoved <= began && (this.#moved.get(key) ?? 0) <= began',
    replace: 'return (this.#moved.get(key) ?? 0) <= began',
    rule: 'evictAll bumps every generation.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a load that calls evictAll for the key is loaded again',
    },
  },
  {
    id: 'sync/move-is-not-noticed',
    file: 'src/coordination/generations.ts',
    find: 'return this.#allMoved <= began && (this.#moved.get(key) ?? 0) <= began',
    replace: 'return this.#allMoved <= began',
    rule: 'A write bumps the generation of its key.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a load that puts the key answers the newer value',
    },
  },
  {
    id: 'sync/generations-are-kept',
    file: 'src/coordination/generations.ts',
    find: '    if (this.#underWay === 0 && this.#moved.size > 0) this.#moved.clear()\n',
    replace: '',
    rule: 'Bookkeeping of keys in flight goes when they settle.',
    killedBy: {
      file: 'test/re-entrance.test.ts',
      name: 'a store that calls back into the cache leaves no older value resident > a load that puts the key answers the newer value',
    },
  },
  {
    id: 'sync/promise-is-taken-for-a-value',
    file: 'src/store-calls.ts',
    find: '  if (!isThenable(answer)) return answer\n',
    replace: '  if (answer !== null) return answer\n',
    rule: 'A synchronous cache refuses a store that answers later.',
    killedBy: {
      file: 'test/write-through-cache.test.ts',
      name: 'wrong arguments > a store that answers with a promise is told so, and the key is not cached',
    },
  },
]
