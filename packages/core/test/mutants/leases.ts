import type { Mutant } from './mutant.ts'

const FILE = 'src/coordination/async-leases.ts'
const TEST = 'test/leases.test.ts'

/** Rules of `getOrPut` among many processes. */
export const leases: readonly Mutant[] = [
  {
    id: 'leases/nobody-waits',
    file: FILE,
    find: 'if (await this.#acquire(key, holder, patience)) {',
    replace: 'if ((await this.#acquire(key, holder, patience)) || tries >= 0) {',
    rule: 'Who is refused the lease waits.',
    killedBy: {
      file: TEST,
      name: 'of several caches that miss a key at once > one produces, and the others answer its value',
    },
  },
  {
    id: 'leases/no-look-after-a-pause',
    file: FILE,
    find: 'if (tries > 0) {',
    replace: 'if (tries < 0) {',
    rule: 'Who waits looks for the value after each pause, and needs no lease to answer it.',
    killedBy: {
      file: TEST,
      name: 'of several caches that miss a key at once > a change that the store tells of ends the pause',
    },
  },
  {
    id: 'leases/no-look-by-the-holder',
    file: FILE,
    find: '    let present = await this.#present(key, patience)\n    if (present !== undefined) return present\n',
    replace: '    let present: V | undefined\n',
    rule: 'Who is granted the lease looks again: the holder before may have stored since.',
    killedBy: {
      file: TEST,
      name: 'of several caches that miss a key at once > who is granted the lease looks again before it produces',
    },
  },
  {
    id: 'leases/looks-at-the-table',
    file: FILE,
    find: 'this.#reads.refresh(key, patience)',
    replace: 'this.#reads.read(key, patience)',
    rule: 'Who waits asks the store, not the table, which may remember absence.',
    killedBy: {
      file: TEST,
      name: 'of several caches that miss a key at once > a remembered absence is not taken for what another produces',
    },
  },
  {
    id: 'leases/pauses-do-not-grow',
    file: FILE,
    find: 'Math.min(2 ** tries, longestMs)',
    replace: 'Math.min(1, longestMs)',
    rule: 'Pauses double.',
    killedBy: {
      file: TEST,
      name: 'of several caches that miss a key at once > who waits asks ever more rarely, up to a tenth of the lease',
    },
  },
  {
    id: 'leases/pauses-have-no-bound',
    file: FILE,
    find: 'Math.min(2 ** tries, longestMs)',
    replace: '2 ** tries',
    rule: 'No pause is longer than a tenth of the lease.',
    killedBy: {
      file: TEST,
      name: 'of several caches that miss a key at once > who waits asks ever more rarely, up to a tenth of the lease',
    },
  },
  {
    id: 'leases/a-change-does-not-wake',
    file: 'src/coordination/coordination.ts',
    find: '  state?.change?.resolve()\n',
    replace: '',
    rule: 'A change from elsewhere ends the pause of who waits for the key.',
    killedBy: {
      file: TEST,
      name: 'of several caches that miss a key at once > a change that the store tells of ends the pause',
    },
  },
  {
    id: 'leases/resident-value-is-not-taken',
    file: 'src/async-write-through-cache.ts',
    find: '          if (resident !== undefined) return resident\n',
    replace: '',
    rule: 'A value that has become resident before the turn needs no lease.',
    killedBy: {
      file: TEST,
      name: 'of several caches that miss a key at once > callers of one cache ask for one lease, whichever of them produces',
    },
  },
  {
    id: 'leases/kept-when-produce-fails',
    file: FILE,
    find: '        } finally {\n          this.#release(key, holder)\n        }',
    replace: '        } catch (error) {\n          throw error\n        }',
    rule: 'The lease is released when the holder is done, also when it failed.',
    killedBy: {
      file: TEST,
      name: 'a holder of the lease > whose produce fails lets the next one produce at once, and hears of its failure',
    },
  },
  {
    id: 'leases/one-holder-for-all',
    file: FILE,
    find: 'const holder = newVersion()',
    replace: "const holder = 'holder'",
    rule: 'Each lease has a token of its own, so that only who was granted it releases it.',
    killedBy: {
      file: TEST,
      name: 'a holder of the lease > that was slow does not release the lease of the next one',
    },
  },
  {
    id: 'leases/late-value-overwrites',
    file: FILE,
    find: "if (await this.#updates.storeAbsent(turn, this.#store, 'getOrPut', key, value, patience)) return value",
    replace:
      "await this.#updates.storeAbsent(turn, this.#store, 'getOrPut', key, value, patience)\n      if (tries > 0) return value",
    rule: 'A holder that was slow answers the value that is there, not its own.',
    killedBy: {
      file: TEST,
      name: 'a holder of the lease > that was slow leaves the value that another has stored meanwhile, and answers it',
    },
  },
  {
    id: 'leases/granted-to-nobody',
    file: FILE,
    find: '      asking.then(granted, (failure) => void this.#notGranted(failure, key, holder))\n',
    replace: '',
    rule: 'A lease that is granted to a caller who gave up is released.',
    killedBy: {
      file: TEST,
      name: 'a holder of the lease > that gave up while it asked for the lease releases it when it is granted',
    },
  },
  {
    id: 'leases/lost-grant-is-kept',
    file: FILE,
    find: "    if (!StoreError.is(cause) || cause.applied !== 'no') this.#release(key, holder)\n",
    replace: '',
    rule: 'A lease that may have been granted, as the answer was lost, is released.',
    killedBy: {
      file: TEST,
      name: 'a store that fails > to grant a lease fails the call, which has changed no entry and holds nobody up',
    },
  },
  {
    id: 'leases/failure-may-have-changed-the-entry',
    file: 'src/store-calls.ts',
    find: "return new StoreError(code, message, { key, cause, applied: 'no' })",
    replace: 'return new StoreError(code, message, { key, cause })',
    rule: 'A lease that failed has changed no entry.',
    killedBy: {
      file: TEST,
      name: 'a store that fails > to grant a lease fails the call, which has changed no entry and holds nobody up',
    },
  },
  {
    id: 'leases/release-fails-in-nobodys-hands',
    file: FILE,
    find: '    releasing.catch((cause) => void this.#failed(cause, key))\n',
    replace: '    void releasing\n',
    rule: "A release that failed is told to the observer, and is nobody's unhandled rejection.",
    killedBy: {
      file: TEST,
      name: 'a store that fails > to release a lease fails nobody; the observer hears of it',
    },
  },
]
