import { type AsyncBackingStore, StoreError } from '@wt/core'
import type { Context } from '../case.ts'
import { check } from '../check.ts'
import { display } from '../history.ts'
import { same } from '../same.ts'
import type { Fault } from '../simfs/faults.ts'
import { SimFs } from '../simfs/sim-fs.ts'
import { openOn } from './on-sim-fs.ts'

/** A call that is made while something is wrong with the disk. */
export interface Struck {
  readonly call: 'store' | 'remove'
  readonly fault: Fault
}

type Outcome = 'acknowledged' | 'no' | 'unknown'

/**
 * Stores a key, makes a call of it that the fault strikes, and checks that the store holds what the caller was told: now, when
 * it is opened again, and, where that is claimed, after a power cut. Then that it is as good as new.
 */
export async function checkStruck(context: Context, struck: Struck): Promise<void> {
  const { values, target } = context
  const simulated = new SimFs({ seed: context.seed })
  const what = `${struck.call} with ${faultText(struck.fault)}`
  const store = await openOn(context, simulated)
  await store.store('key', values.numbered(1))
  simulated.inject(struck.fault)
  const outcome = await outcomeOf(store, struck.call, values.numbered(2), what)
  simulated.clearFaults()
  const newer = struck.call === 'store' ? values.numbered(2) : undefined
  const allowed = {
    acknowledged: [newer],
    no: [values.numbered(1)],
    unknown: [values.numbered(1), newer],
  }[outcome]
  const told = outcome === 'acknowledged' ? 'was acknowledged' : `failed, applied '${outcome}'`
  await checkHolds(store, allowed, `${what}: it ${told}; load`)
  if (target.capabilities.durability === 'power' && outcome === 'acknowledged') {
    await checkAfterPowerCut(context, simulated, allowed, `${what}: it ${told}; load after a power cut`)
  }
  await store.store('key', values.numbered(3))
  await checkHolds(store, [values.numbered(3)], `${what}: load after the next store`)
  await store.close?.()
  const open = simulated.openDescriptors
  check(open === 0, `${what}: after close ${open} file descriptors are still open`)
  const again = await openOn(context, simulated)
  await checkHolds(again, [values.numbered(3)], `${what}: load after the next store and a reopen`)
  await again.close?.()
}

async function outcomeOf(
  store: AsyncBackingStore<string, unknown>,
  call: Struck['call'],
  value: unknown,
  what: string,
): Promise<Outcome> {
  try {
    await (call === 'store' ? store.store('key', value) : store.remove('key'))
    return 'acknowledged'
  } catch (error) {
    // What it says of the key is what it has to live up to.
    check(StoreError.is(error), `${what}: a StoreError is owed, got ${display(error)}`)
    return error.applied === 'no' ? 'no' : 'unknown'
  }
}

async function checkAfterPowerCut(
  context: Context,
  simulated: SimFs,
  allowed: readonly unknown[],
  what: string,
): Promise<void> {
  const limits = { exhaustiveUpTo: 16, samples: 8, seed: context.seed }
  for (const { fileSystem } of simulated.afterCrash({ profile: 'adversarial', ...limits })) {
    const store = await openOn(context, fileSystem)
    await checkHolds(store, allowed, what)
    await store.close?.()
  }
}

async function checkHolds(
  store: AsyncBackingStore<string, unknown>,
  allowed: readonly unknown[],
  what: string,
): Promise<void> {
  const loaded = await store.load('key')
  check(
    allowed.some((value) => same(value, loaded)),
    `${what}: expected ${allowed.map(display).join(' or ')}, got ${display(loaded)}`,
  )
}

export function faultText(fault: Fault): string {
  const { call, times = 1 } = fault
  const often =
    times === 1 ? '' : times === Number.POSITIVE_INFINITY ? ', until it is repaired' : `, ${times} times`
  if ('bytes' in fault) return `${call} taking ${fault.bytes} bytes${often}`
  return `${call} failing with ${fault.code}${fault.applied ? ' after it was done' : ''}${often}`
}
