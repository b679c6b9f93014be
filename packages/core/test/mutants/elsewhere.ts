import type { Mutant } from './mutant.ts'

/** Rules of changes from elsewhere, and of what is evicted. */
export const elsewhere: readonly Mutant[] = [
  {
    id: 'elsewhere/news-spare-writes-under-way',
    file: 'src/coordination/coordination.ts',
    find: '  if (state?.write !== undefined) state.write.changedElsewhere = true\n',
    replace: '',
    rule: 'Every change from elsewhere counts against a write under way.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'subscribe > news between a write’s effect and its acknowledgement mean that somebody overwrote it',
    },
  },
  {
    id: 'elsewhere/news-spare-loads-under-way',
    file: 'src/coordination/coordination.ts',
    find: '  overtake(state)\n  if (state?.write',
    replace: '  if (state?.write',
    rule: 'Every change from elsewhere bumps the generation.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'subscribe > a load under way when the news arrive is not cached, nor answered',
    },
  },
  {
    id: 'elsewhere/news-of-keys-spare-the-table',
    file: 'src/coordination/coordination.ts',
    find: "        outdate(this.states.peek(key))\n        this.residence.drop(key, 'outdated')\n",
    replace: '        outdate(this.states.peek(key))\n',
    rule: 'A change by another is seen within one message.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'subscribe > a key that others changed, or all, is loaded again',
    },
  },
  {
    id: 'elsewhere/news-of-all-spare-the-table',
    file: 'src/coordination/coordination.ts',
    find: "    for (const state of this.states.values()) outdate(state)\n    this.residence.dropAll('outdated')\n",
    replace: '    for (const state of this.states.values()) outdate(state)\n',
    rule: 'down, up and all drop the table.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'subscribe > a key that others changed, or all, is loaded again',
    },
  },
  {
    id: 'elsewhere/news-of-all-spare-what-is-under-way',
    file: 'src/coordination/coordination.ts',
    find: '    for (const state of this.states.values()) outdate(state)\n',
    replace: '',
    rule: 'down, up and all bump every flight and pending write.',
    killedBy: {
      file: 'test/protocol.test.ts',
      name: 'who waits for a write > looks again when the line broke and came back meanwhile',
    },
  },
  {
    id: 'elsewhere/down-is-not-noticed',
    file: 'src/coordination/coordination.ts',
    find: "if (change.type !== 'all') this.down = change.type === 'down'",
    replace: "if (change.type === 'up') this.down = false",
    rule: 'While down nothing is installed, served from the table, or shared.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'subscribe > nothing is cached until the store says up, and again after down',
    },
  },
  {
    id: 'elsewhere/up-is-not-noticed',
    file: 'src/coordination/coordination.ts',
    find: "if (change.type !== 'all') this.down = change.type === 'down'",
    replace: "if (change.type === 'down') this.down = true",
    rule: 'up ends what down began.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'subscribe > nothing is cached until the store says up, and again after down',
    },
  },
  {
    id: 'elsewhere/all-counts-as-up',
    file: 'src/coordination/coordination.ts',
    find: "if (change.type !== 'all') this.down = change.type === 'down'",
    replace: "this.down = change.type === 'down'",
    rule: 'all drops everything, and says nothing of the line.',
    killedBy: {
      file: 'test/protocol.test.ts',
      name: 'news that all may have changed do not mean that the line is up',
    },
  },
  {
    id: 'elsewhere/subscription-begins-up',
    file: 'src/async-write-through-cache.ts',
    find: '    this.#shared.down = true\n    try',
    replace: '    try',
    rule: 'subscribe begins down.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'subscribe > nothing is cached until the store says up, and again after down',
    },
  },
  {
    id: 'elsewhere/failed-subscription-is-up',
    file: 'src/async-write-through-cache.ts',
    find: '      this.#residence.observer?.error?.(readError(cause, undefined))\n      return undefined',
    replace:
      '      this.#shared.down = false\n      this.#residence.observer?.error?.(readError(cause, undefined))\n      return undefined',
    rule: 'While subscribe has rejected, the cache stays down.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'subscribe > a subscription that fails leaves the cache down and tells the observer',
    },
  },
  {
    id: 'elsewhere/failed-subscription-is-silent',
    file: 'src/async-write-through-cache.ts',
    find: '      this.#residence.observer?.error?.(readError(cause, undefined))\n      return undefined',
    replace: '      return undefined',
    rule: 'A subscription that fails tells the observer.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'subscribe > a subscription that fails leaves the cache down and tells the observer',
    },
  },
  {
    id: 'elsewhere/evict-spares-loads-under-way',
    file: 'src/coordination/coordination.ts',
    find: '    overtake(this.states.peek(key))\n    return',
    replace: '    return',
    rule: 'evict bumps the generation.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'no stale answer > a get after evict or evictAll asks the store anew',
    },
  },
  {
    id: 'elsewhere/evictAll-spares-loads-under-way',
    file: 'src/coordination/coordination.ts',
    find: "    for (const state of this.states.values()) overtake(state)\n    this.residence.dropAll('requested')",
    replace: "    this.residence.dropAll('requested')",
    rule: 'evictAll bumps every generation.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'no stale answer > a get after evict or evictAll asks the store anew',
    },
  },
  {
    id: 'elsewhere/hit-does-not-ask-for-the-revision',
    file: 'src/async-write-through-cache.ts',
    find: 'if (options === undefined && !this.#asksForChanges)',
    replace: 'if (options === undefined)',
    rule: "With coherence 'revision' the store is asked before every hit.",
    killedBy: {
      file: 'test/coherence.test.ts',
      name: 'coherence revision, asynchronous > what others changed is seen at the next read',
    },
  },
  {
    id: 'elsewhere/read-does-not-ask-for-the-revision',
    file: 'src/async-write-through-cache.ts',
    find: '    if (this.#asksForChanges) await this.#reads.dropIfChanged(patience)\n    return await this.#count',
    replace: '    return await this.#count',
    rule: "With coherence 'revision' a change is seen at the next get.",
    killedBy: {
      file: 'test/coherence.test.ts',
      name: 'coherence revision, asynchronous > what others changed is seen at the next read',
    },
  },
  {
    id: 'elsewhere/has-does-not-ask-for-the-revision',
    file: 'src/async-write-through-cache.ts',
    find: '      if (this.#asksForChanges) await this.#reads.dropIfChanged(patience)\n      return (await',
    replace: '      return (await',
    rule: "With coherence 'revision' a change is seen at the next read.",
    killedBy: {
      file: 'test/coherence.test.ts',
      name: 'coherence revision, asynchronous > what others changed is seen at the next read',
    },
  },
  {
    id: 'elsewhere/refresh-does-not-ask-for-the-revision',
    file: 'src/async-write-through-cache.ts',
    find: '      if (this.#asksForChanges) await this.#reads.dropIfChanged(patience)\n      return this.#isolation',
    replace: '      return this.#isolation',
    rule: 'A refresh does not take the word of a write that was overwritten meanwhile.',
    killedBy: {
      file: 'test/protocol.test.ts',
      name: 'with coherence revision > a refresh does not take the word of a write that was overwritten meanwhile',
    },
  },
  {
    id: 'elsewhere/table-is-read-before-the-revision',
    file: 'src/async-write-through-cache.ts',
    find: '    if (this.#asksForChanges) await this.#reads.dropIfChanged(patience)\n    return await this.#count(key, patience)',
    replace:
      '    const before = this.#residence.peek(key)\n    if (this.#asksForChanges) await this.#reads.dropIfChanged(patience)\n    if (before !== undefined) return residentValue(before)\n    return await this.#count(key, patience)',
    rule: 'The async cache looks at the table again after awaiting the revision.',
    killedBy: {
      file: 'test/coherence.test.ts',
      name: 'coherence revision, asynchronous > what others changed is seen at the next read',
    },
  },
]
