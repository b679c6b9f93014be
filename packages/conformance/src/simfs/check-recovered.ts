import { type AsyncBackingStore, keyText } from '@wt/core'
import { check, checkAbsent, checkSame } from '../check.ts'
import { display } from '../history.ts'
import { BrokenPromise } from '../outcomes.ts'
import { same } from '../same.ts'
import type { CrashTest } from './crash-test.ts'
import { checkFailure, closeStore, openStore } from './run-steps.ts'
import { SimFs } from './sim-fs.ts'
import { callsOf } from './steps.ts'
import type { Allowed } from './writes.ts'

type Store<V> = AsyncBackingStore<string, V>

/**
 * Opens the store on a disk that a crash left, and checks all that it owes:
 *
 * - each key holds one of the values that it may hold, whole;
 * - `keys` lists the keys that have a value and no other;
 * - opened again, the store holds the same;
 * - it can be written, and once every key is removed there are no more files than a new store has;
 * - after `close`, no descriptor is open.
 *
 * Answers how many operations the first opening took. Throws `BrokenPromise`.
 */
export async function checkRecovered<V>(
  test: CrashTest<V>,
  fileSystem: SimFs,
  allowed: ReadonlyMap<string, Allowed<V>>,
): Promise<number> {
  let store = await reopen(test, fileSystem, 'it cannot be opened after the crash')
  const openedAfter = fileSystem.operations.length
  const held = await contents(store, allowed.keys())
  for (const [key, value] of held) checkAllowed(key, value, (allowed.get(key) as Allowed<V>).values)
  await checkKeys(store, held)
  await closeStore(store, fileSystem)

  store = await reopen(test, fileSystem, 'it cannot be opened a second time after the crash')
  for (const [key, value] of await contents(store, allowed.keys())) {
    checkSame(value, held.get(key), `load of ${keyText(key)}, when the store is opened a second time`)
  }
  await checkWritable(test, store, [...allowed.keys()])
  await closeStore(store, fileSystem)
  checkNothingStays(test, fileSystem, await filesOfEmptyStore(test))
  return openedAfter
}

/** While a fault is under way the store may fail, with a `StoreError`; what it answers it still owes. */
export async function checkAnswers<V>(
  test: CrashTest<V>,
  fileSystem: SimFs,
  allowed: ReadonlyMap<string, Allowed<V>>,
): Promise<void> {
  const store = await openStore(test, fileSystem, true)
  for (const [key, { values }] of allowed) {
    let value: V | undefined
    try {
      value = await store.load(key)
    } catch (error) {
      // The fault may strike here.
      checkFailure(error, `load of ${keyText(key)}`, true)
      continue
    }
    checkAllowed(key, value, values)
  }
  await closeStore(store, fileSystem)
}

/** The files of a new store that was opened and closed, nothing more. */
async function filesOfEmptyStore<V>(test: CrashTest<V>): Promise<Set<string>> {
  const known = emptyStores.get(test)
  if (known !== undefined) return known
  const fileSystem = new SimFs()
  await closeStore(await test.open(fileSystem), fileSystem)
  const files = new Set(fileSystem.files().keys())
  emptyStores.set(test, files)
  return files
}

const emptyStores = new WeakMap<object, Set<string>>()

async function reopen<V>(test: CrashTest<V>, fileSystem: SimFs, complaint: string): Promise<Store<V>> {
  return await broken(complaint, () => test.open(fileSystem))
}

export async function contents<V>(
  store: Store<V>,
  keys: Iterable<string>,
): Promise<Map<string, V | undefined>> {
  const held = new Map<string, V | undefined>()
  for (const key of keys) {
    const value = await broken(`load of ${keyText(key)} fails after the crash`, () => store.load(key))
    held.set(key, value)
  }
  return held
}

export function checkAllowed<V>(key: string, value: V | undefined, values: readonly (V | undefined)[]): void {
  check(
    values.some((owed) => same(value, owed)),
    `after the crash ${keyText(key)} holds ${display(value)}; it may hold ${values.map(display).join(' or ')}`,
  )
}

export async function checkKeys<V>(store: Store<V>, held: ReadonlyMap<string, V | undefined>): Promise<void> {
  if (store.keys === undefined) return
  const listed: string[] = []
  await broken('keys fails after the crash', async () => {
    for await (const key of store.keys!()) listed.push(key)
  })
  const present = [...held].filter(([, value]) => value !== undefined).map(([key]) => key)
  checkSame(listed.sort(), present.sort(), 'keys after the crash, beside those that load finds')
}

/** Each key takes a value, which is there, and lets go of it. */
async function checkWritable<V>(test: CrashTest<V>, store: Store<V>, keys: readonly string[]): Promise<void> {
  const value = someValue(test)
  for (const key of keys) {
    if (value !== undefined) {
      await broken(`store of ${keyText(key)} fails after the crash`, () => store.store(key, value))
      checkSame(await store.load(key), value, `load of ${keyText(key)}, stored after the crash`)
    }
    await broken(`remove of ${keyText(key)} fails after the crash`, () => store.remove(key))
    checkAbsent(await store.load(key), `load of ${keyText(key)}, removed after the crash`)
  }
}

function someValue<V>({ steps }: CrashTest<V>): V | undefined {
  for (const call of steps.flatMap(callsOf)) if (call.do === 'store') return call.value
  return undefined
}

function checkNothingStays<V>({ mayStay }: CrashTest<V>, fileSystem: SimFs, usual: Set<string>): void {
  for (const path of fileSystem.files().keys()) {
    const complaint = `${path} is left for ever: every key was removed, and a new store has no such file`
    check(usual.has(path) || mayStay?.test(path), complaint)
  }
}

/** Runs what must not fail. */
export async function broken<T>(complaint: string, call: () => T): Promise<Awaited<T>> {
  try {
    return await call()
  } catch (cause) {
    // Nothing is wrong with the file system any more: whatever it is, the store fails where it had to answer.
    throw cause instanceof BrokenPromise ? cause : new BrokenPromise(`${complaint}: ${display(cause)}`)
  }
}
