import { type AsyncBackingStore, BulkStoreError, keyText, StoreError } from '@wt/core'
import { check } from '../check.ts'
import { display } from '../history.ts'
import { BrokenPromise } from '../outcomes.ts'
import { same } from '../same.ts'
import type { CrashTest } from './crash-test.ts'
import type { SimFs } from './sim-fs.ts'
import { callsOf, keysOf, type Step, stepText, type WriteStep } from './steps.ts'
import { allowedAfter, type Outcome, type Write } from './writes.ts'

type Store<V> = AsyncBackingStore<string, V>

/** What the steps did, and after how many operations each of them was over. */
export interface Run<V> {
  readonly writes: readonly Write<V>[]
  readonly boundaries: readonly number[]
}

/**
 * Takes the steps on `fileSystem`, and closes the store. With `faulty` they may fail, with errors that say what
 * is left; what they say is compared with what `load` answers afterwards. Throws `BrokenPromise`.
 */
export async function runSteps<V>(test: CrashTest<V>, fileSystem: SimFs, faulty: boolean): Promise<Run<V>> {
  const writes: Write<V>[] = []
  const boundaries: number[] = []
  let store = await openStore(test, fileSystem, faulty)
  boundaries.push(fileSystem.operations.length)
  for (const step of test.steps) {
    if (step.do === 'reopen') {
      await closeStore(store, fileSystem)
      store = await openStore(test, fileSystem, faulty)
    } else {
      const taken = callsOf(step).map((call) => take(store, call, fileSystem, faulty))
      // One that fails must not leave the others running: all are awaited before the first failure is told.
      const settled = await Promise.allSettled(taken)
      for (const call of settled) {
        if (call.status === 'rejected') throw call.reason
        writes.push(...call.value)
        for (const { to } of call.value) boundaries.push(to)
      }
    }
    boundaries.push(fileSystem.operations.length)
    await checkVisible(store, step, writes, faulty)
  }
  await closeStore(store, fileSystem)
  return { writes, boundaries }
}

/** Closes the store, after which nothing may be open. */
export async function closeStore<V>(store: Store<V>, fileSystem: SimFs): Promise<void> {
  await store.close?.()
  checkDescriptors(fileSystem, 'close')
}

/** Opens the store; after a failure that a fault explains, again, and at last without faults. */
export async function openStore<V>(
  test: CrashTest<V>,
  fileSystem: SimFs,
  faulty: boolean,
): Promise<Store<V>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await test.open(fileSystem)
    } catch (error) {
      // A fault may keep a store from opening: then it says so, leaves nothing open, and can be opened later.
      checkFailure(error, 'open', faulty && attempt <= REPAIRED_AFTER)
      checkDescriptors(fileSystem, 'an open that failed')
      if (attempt === REPAIRED_AFTER) fileSystem.clearFaults()
    }
  }
}

/** Makes a call; the writes that it meant, with what its caller was told of each. */
async function take<V>(
  store: Store<V>,
  step: WriteStep<V>,
  fileSystem: SimFs,
  faulty: boolean,
): Promise<Write<V>[]> {
  const from = fileSystem.operations.length
  const outcomeOf = await answerOf(store, step, faulty)
  const to = fileSystem.operations.length
  return Array.from(changesOf(step), ([key, value]) => ({ key, value, from, to, outcome: outcomeOf(key) }))
}

async function answerOf<V>(
  store: Store<V>,
  step: WriteStep<V>,
  faulty: boolean,
): Promise<(key: string) => Outcome> {
  try {
    await makeCall(store, step)
    return () => 'acknowledged'
  } catch (error) {
    // What a failure says about the keys is what the store has to live up to.
    checkFailure(error, stepText(step), faulty)
    if (StoreError.is(error)) return () => error.applied
    const { written, failures } = error as BulkStoreError<string>
    return (key) => (written.includes(key) ? 'acknowledged' : (failures.get(key)?.applied ?? 'unknown'))
  }
}

export async function makeCall<V>(store: Store<V>, step: WriteStep<V>): Promise<void> {
  switch (step.do) {
    case 'store':
      await store.store(step.key, step.value)
      return
    case 'remove':
      await store.remove(step.key)
      return
    case 'storeMany':
      check(store.storeMany !== undefined, 'the steps have a storeMany, and the store has none')
      await store.storeMany(step.entries)
      return
    case 'removeMany':
      check(store.removeMany !== undefined, 'the steps have a removeMany, and the store has none')
      await store.removeMany(step.keys)
  }
}

/** The writes of a call. Of duplicate keys in a batch the last wins. */
export function changesOf<V>(step: WriteStep<V>): Map<string, V | undefined> {
  switch (step.do) {
    case 'store':
      return new Map([[step.key, step.value]])
    case 'storeMany':
      return new Map(step.entries)
    default:
      return new Map(keysOf([step]).map((key) => [key, undefined]))
  }
}

/** With no crash at all, each key of the step answers what the caller was told. */
async function checkVisible<V>(
  store: Store<V>,
  step: Step<V>,
  writes: readonly Write<V>[],
  faulty: boolean,
): Promise<void> {
  for (const [key, { values }] of allowedAfter(keysOf([step]), writes, Number.POSITIVE_INFINITY)) {
    const what = `load of ${keyText(key)} after ${stepText(step)}`
    let value: V | undefined
    try {
      value = await store.load(key)
    } catch (error) {
      // A fault may strike here too.
      checkFailure(error, what, faulty)
      continue
    }
    check(
      values.some((allowed) => same(value, allowed)),
      `${what}: it answers ${display(value)}, and may answer ${values.map(display).join(' or ')}`,
    )
  }
}

/** A failure where one may be is a `StoreError`, or of a batch a `BulkStoreError`. */
export function checkFailure(error: unknown, what: string, mayFail: boolean): void {
  // Found further in: not the store's failure, but ours to tell.
  if (error instanceof BrokenPromise) throw error
  check(mayFail, `${what} fails, though nothing was wrong with the file system: ${display(error)}`)
  check(
    StoreError.is(error) || BulkStoreError.is(error),
    `${what}: a StoreError or BulkStoreError is owed, got ${display(error)}`,
  )
}

function checkDescriptors(fileSystem: SimFs, when: string): void {
  const open = fileSystem.openDescriptors
  check(open === 0, `after ${when} ${open} file descriptors are still open`)
}

/** So often a store may fail to open before the file system is well again; then it has to. */
const REPAIRED_AFTER = 2
