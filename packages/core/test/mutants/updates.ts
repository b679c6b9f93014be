import type { Mutant } from './mutant.ts'

const BOTH = 'test/versions.test.ts'
const ASYNC = 'test/versions-async.test.ts'

/** Rules of the writes that depend on what is there. */
export const updates: readonly Mutant[] = [
  {
    id: 'updates/synchronous-refusal-is-success',
    file: 'src/coordination/sync-updates.ts',
    find: 'if (this.#write(store, key, value, found?.version)) return true',
    replace: 'this.#write(store, key, value, found?.version)\n      if (tries > 0) return true',
    rule: 'A conflict is tried again.',
    killedBy: {
      file: BOTH,
      name: 'versions, synchronous > update begins again when somebody else wrote between its load and its write',
    },
  },
  {
    id: 'updates/refusal-is-success',
    file: 'src/coordination/async-updates.ts',
    find: 'if (await this.#write(turn, store, key, value, found?.version, patience)) return true',
    replace:
      'await this.#write(turn, store, key, value, found?.version, patience)\n      if (tries > 0) return true',
    rule: 'A conflict is tried again.',
    killedBy: {
      file: BOTH,
      name: 'versions, asynchronous > update begins again when somebody else wrote between its load and its write',
    },
  },
  {
    id: 'updates/refused-value-is-installed',
    file: 'src/coordination/async-writes.ts',
    find: '        if (isRefused) this.#refused(write)\n        else if',
    replace: '        if',
    rule: 'On a conflict nothing is installed, and the resident value is dropped.',
    killedBy: {
      file: BOTH,
      name: 'versions, asynchronous > putIfAbsent stores where nothing is, and says whether it did',
    },
  },
  {
    id: 'updates/refusal-keeps-what-is-resident',
    file: 'src/residence/residence.ts',
    find: "    this.counters.conflicts++\n    this.drop(key, 'outdated')\n",
    replace: '    this.counters.conflicts++\n',
    rule: 'On a conflict the resident value is dropped.',
    killedBy: {
      file: BOTH,
      name: 'versions, synchronous > putIfAbsent asks the store, whatever is resident, and drops what it was wrong about',
    },
  },
  {
    id: 'updates/readers-of-a-refused-write-take-absence',
    file: 'src/coordination/async-writes.ts',
    find: '    this.#shared.residence.refused(key)\n    this.#answer(state, write, LOOK_AGAIN)\n',
    replace:
      '    this.#shared.residence.refused(key)\n    this.#answer(state, write, { value: undefined })\n',
    rule: 'A write that failed makes its readers look again.',
    killedBy: {
      file: ASYNC,
      name: 'a conditional write > that is refused makes the readers who waited look again',
    },
  },
  {
    id: 'updates/failure-is-tried-again',
    file: 'src/versions.ts',
    find: '  if (found === next) return true\n',
    replace: '  if (found === next || found === expected) return true\n',
    rule: 'An unknown outcome is settled by finding one’s own token alone.',
    killedBy: {
      file: BOTH,
      name: 'versions, synchronous > a write of unknown outcome did not take place when the expected version is still there',
    },
  },
  {
    id: 'updates/own-version-is-not-found',
    file: 'src/versions.ts',
    find: '  if (found === next) return true\n',
    replace: '',
    rule: 'An unknown outcome is settled by finding one’s own token.',
    killedBy: {
      file: BOTH,
      name: 'versions, asynchronous > a write of unknown outcome took place when its own version is found',
    },
  },
  {
    id: 'updates/absence-proves-that-nothing-happened',
    file: 'src/versions.ts',
    find: '  if (found === undefined) return failure\n',
    replace: '',
    rule: 'Absence comes back, so that it proves nothing.',
    killedBy: {
      file: BOTH,
      name: 'versions, synchronous > absence proves nothing of a write that expected it',
    },
  },
  {
    id: 'updates/another-version-proves-that-nothing-happened',
    file: 'src/versions.ts',
    find: 'if (found !== expected || lateWrites) return failure',
    replace: 'if (lateWrites) return failure',
    rule: 'A write whose entry was overwritten since stays unknown.',
    killedBy: {
      file: BOTH,
      name: 'versions, asynchronous > a write of unknown outcome stays unknown when another version is found, or none',
    },
  },
  {
    id: 'updates/late-writes-are-forgotten',
    file: 'src/versions.ts',
    find: 'if (found !== expected || lateWrites) return failure',
    replace: 'if (found !== expected) return failure',
    rule: 'A store with lateWrites may still apply what it has not applied yet.',
    killedBy: {
      file: ASYNC,
      name: 'a conditional write > of a store with late writes stays unknown, though the expected version is still there',
    },
  },
  {
    id: 'updates/look-goes-past-the-gate',
    file: 'src/coordination/async-updates.ts',
    find: 'return (await this.#shared.gate.call(() => store.loadVersioned(key)))?.version',
    replace: 'return (await store.loadVersioned(key))?.version',
    rule: 'After the limit of a close nothing calls the store.',
    killedBy: {
      file: ASYNC,
      name: 'a conditional write > that is answered after the limit of a close is not looked at again',
    },
  },
  {
    id: 'updates/synchronous-tries-do-not-end',
    file: 'src/versions.ts',
    find: 'const REFUSED_AT_MOST = 1000',
    replace: 'const REFUSED_AT_MOST = 2000',
    rule: 'After 1,000 refusals of one call it is BUSY.',
    killedBy: {
      file: BOTH,
      name: 'a synchronous update that others overtake a thousand times is BUSY, and has changed nothing',
    },
  },
  {
    id: 'updates/tries-do-not-end',
    file: 'src/coordination/async-updates.ts',
    find: '      checkTries(tries, operation, key)\n',
    replace: '',
    rule: 'After 1,000 refusals of one call it is BUSY.',
    killedBy: {
      file: ASYNC,
      name: 'an update that others overtake again and again > ends after a thousand tries, with BUSY, after pauses of at most 64 ms',
    },
  },
  {
    id: 'updates/tries-do-not-pause',
    file: 'src/coordination/async-updates.ts',
    find: 'Math.random() * Math.min(2 ** (tries - 1), LONGEST_PAUSE_MS)',
    replace: '0',
    rule: 'Between two tries there is a pause with jitter.',
    killedBy: {
      file: ASYNC,
      name: 'an update that others overtake again and again > ends after a thousand tries, with BUSY, after pauses of at most 64 ms',
    },
  },
  {
    id: 'updates/pause-outlasts-its-caller',
    file: 'src/coordination/patience.ts',
    find: '      clearTimeout(timer)\n',
    replace: '',
    rule: 'Abort and time-out are honoured between two tries.',
    killedBy: {
      file: ASYNC,
      name: 'an update that others overtake again and again > ends with its time-out, applied no, and leaves no timer',
    },
  },
  {
    id: 'updates/load-of-an-update-is-an-older-one',
    file: 'src/coordination/async-reads.ts',
    find: '      overtake(states.peek(key))\n      const look',
    replace: '      const look',
    rule: 'A load that began before may bring something older.',
    killedBy: {
      file: ASYNC,
      name: 'the load of an update > is no load that was under way before, which may bring something older',
    },
  },
  {
    id: 'updates/overtaken-failed-load-is-absence',
    file: 'src/coordination/async-reads.ts',
    find: '      if (loaded !== undefined) return loaded.found\n',
    replace: '      return (loaded as { found: Versioned<V> | undefined } | undefined)?.found\n',
    rule: 'A failed read is never a miss.',
    killedBy: {
      file: ASYNC,
      name: 'the load of an update > that is overtaken and fails is made again',
    },
  },
  {
    id: 'updates/load-is-cached-while-down',
    file: 'src/coordination/async-reads.ts',
    find: 'const look = this.#shared.down\n',
    replace: 'const look = Boolean(key === undefined)\n',
    rule: 'While down nothing is installed.',
    killedBy: {
      file: ASYNC,
      name: 'the load of an update > leaves nothing cached while the line is down',
    },
  },
  {
    id: 'updates/re-entered-conditional-write-is-installed',
    file: 'src/coordination/sync-updates.ts',
    find: 'else residence.written(key, value, weight, since, held())',
    replace: 'else residence.written(key, value, weight, since, true)',
    rule: 'A re-entered key is not installed.',
    killedBy: {
      file: BOTH,
      name: 'in the synchronous cache > a store that writes the key inside a conditional write leaves no older value resident',
    },
  },
  {
    id: 'updates/half-of-the-capability-counts',
    file: 'src/versions.ts',
    find: ' && store.removeIf',
    replace: '',
    rule: 'A store has all three methods or none.',
    killedBy: {
      file: BOTH,
      name: 'versions, synchronous > over a store without versions, or with a part of them, putIfAbsent and replace are a TypeError',
    },
  },
]
