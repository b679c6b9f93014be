import { type AsyncBackingStore, keyText } from '@wt/core'
import { check, checkSame } from '../check.ts'
import { same } from '../same.ts'
import { broken, checkAllowed, checkKeys, contents } from '../simfs/check-recovered.ts'
import type { WriteStep } from '../simfs/steps.ts'
import { allowedAfter, type Write } from '../simfs/writes.ts'
import type { Target } from '../target.ts'
import type { KillTest } from './kill-test.ts'

/** What the store may hold after a kill: what its writes came to, and the batch that was under way. */
export interface Survivor {
  readonly writes: readonly Write<unknown>[]
  /** Calls that were begun and not acknowledged. */
  readonly unfinished: readonly WriteStep[]
}

/**
 * Opens the store that a kill left, and checks all that it owes: each key holds its last acknowledged value or one that was
 * under way, whole; no removed key is back; `keys` lists what `load` finds; a batch that is atomic took effect or not;
 * opened again it holds the same; no stray file stays. What each key holds. Throws `BrokenPromise`.
 */
export async function checkSurvivor(
  { target, location, strays }: KillTest,
  keys: readonly string[],
  { writes, unfinished }: Survivor,
): Promise<Map<string, unknown>> {
  const allowed = allowedAfter(keys, writes, 0)
  let store = await open(target, location)
  const held = await contents(store, keys)
  for (const [key, { values }] of allowed) checkAllowed(key, held.get(key), values)
  await checkKeys(store, held)
  if (target.capabilities.batch === 'atomic') {
    for (const call of unfinished) if (call.do === 'storeMany') checkAtomic(call.entries, held, allowed)
  }
  await store.close?.()

  store = await open(target, location)
  for (const [key, value] of await contents(store, keys)) {
    checkSame(value, held.get(key), `load of ${keyText(key)}, when the store is opened a second time`)
  }
  await store.close?.()
  const left = strays?.(location) ?? []
  check(left.length === 0, `left after the store was opened and closed twice: ${left.join(', ')}`)
  return held
}

function open(target: Target, location: string): Promise<AsyncBackingStore<string, unknown>> {
  return broken('the store cannot be opened after the kill', () => target.open(location))
}

/** Of the keys that nothing else was writing, all hold the batch's value or none does. No value comes twice. */
function checkAtomic(
  entries: readonly (readonly [string, unknown])[],
  held: ReadonlyMap<string, unknown>,
  allowed: ReturnType<typeof allowedAfter>,
): void {
  const applied: string[] = []
  const missing: string[] = []
  for (const [key, value] of entries) {
    const { values } = allowed.get(key)!
    // Two values: the one before, and the batch's.
    if (values.length !== 2) continue
    const isThere = same(held.get(key), value)
    ;(isThere ? applied : missing).push(key)
  }
  check(
    applied.length === 0 || missing.length === 0,
    `a batch that was under way is all or nothing, and ${applied.map(keyText).join(' ')} took effect without ${missing.map(keyText).join(' ')}`,
  )
}
