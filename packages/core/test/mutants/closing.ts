import type { Mutant } from './mutant.ts'

/** Rules of the end: of a cache, and of an operation. */
export const closing: readonly Mutant[] = [
  {
    id: 'close/close-does-not-wait-for-calls',
    file: 'src/coordination/store-gate.ts',
    find: 'return this.#calls === 0 && this.#waiting.size === 0',
    replace: 'return this.#waiting.size === 0',
    rule: 'Close drains detached loads and fenced calls too.',
    killedBy: { file: 'test/protocol.test.ts', name: 'a write that was given up > is waited for by a close' },
  },
  {
    id: 'close/close-does-not-wait-for-callers',
    file: 'src/coordination/store-gate.ts',
    find: 'return this.#calls === 0 && this.#waiting.size === 0',
    replace: 'return this.#calls === 0',
    rule: 'Close waits for those under way.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'close > waits for what is under way, closes the store once, and refuses everything else',
    },
  },
  {
    id: 'close/closed-cache-calls-the-store',
    file: 'src/coordination/store-gate.ts',
    find: "    if (this.#ended) throw new StoreError('CLOSED', 'the cache was closed')\n",
    replace: '',
    rule: 'After its limit nothing calls the store.',
    killedBy: {
      file: 'test/protocol.test.ts',
      name: 'after the limit of a close, a loadMany that fails is not followed by loads',
    },
  },
  {
    id: 'close/waiting-callers-are-not-told',
    file: 'src/coordination/store-gate.ts',
    find: '    for (const patience of this.#waiting) patience.closed()\n',
    replace: '',
    rule: 'Who still waits after the limit of a close is told CLOSED.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'close > with a limit ends though a call never answers, and nothing calls the store afterwards',
    },
  },
  {
    id: 'close/closed-cache-keeps-its-table',
    file: 'src/async-write-through-cache.ts',
    find: '    this.#shared.gate.end()\n    this.#shared.evictAll()\n',
    replace: '    this.#shared.gate.end()\n',
    rule: 'After close nothing is resident.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'close > waits for what is under way, closes the store once, and refuses everything else',
    },
  },
  {
    id: 'close/close-has-no-limit',
    file: 'src/coordination/store-gate.ts',
    find: 'if (timeoutMs !== undefined) timer = setTimeout',
    replace: 'if (timeoutMs === 0) timer = setTimeout',
    rule: 'close({ timeoutMs }) is bounded.',
    killedBy: {
      file: 'test/async-write-through-cache.test.ts',
      name: 'close > with a limit ends though a call never answers, and nothing calls the store afterwards',
    },
  },
  {
    id: 'close/timers-are-left',
    file: 'src/coordination/patience.ts',
    find: 'if (this.#timer !== undefined) clearTimeout(this.#timer)',
    replace: '',
    rule: 'An operation that was answered leaves no timer.',
    killedBy: {
      file: 'test/protocol.test.ts',
      name: 'an operation that was answered leaves no timer, and no listener on its signal',
    },
  },
  {
    id: 'close/listeners-are-left',
    file: 'src/coordination/patience.ts',
    find: "    this.signal?.removeEventListener('abort', this.#abort)\n",
    replace: '',
    rule: 'An operation that was answered leaves no listener on the signal.',
    killedBy: {
      file: 'test/protocol.test.ts',
      name: 'an operation that was answered leaves no timer, and no listener on its signal',
    },
  },
]
