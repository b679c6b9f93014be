import { keyText } from '@wt/core'
import fc from 'fast-check'
import type { Context } from '../case.ts'
import { check, checkSame } from '../check.ts'
import type { StoreUnderTest } from '../store-under-test.ts'
import type { Target } from '../target.ts'

/** One step of a history, as data: what fast-check makes, shrinks, and what `runCommands` carries out. */
export type Command =
  | { readonly call: 'store'; readonly key: string; readonly number: number }
  | { readonly call: 'load' | 'remove'; readonly key: string }
  | { readonly call: 'storeMany'; readonly entries: readonly (readonly [key: string, number: number])[] }
  | { readonly call: 'loadMany' | 'removeMany'; readonly keys: readonly string[] }
  | { readonly call: 'keys' | 'reopen' }

/** What the commands are made of. */
export interface Pool {
  readonly keys: readonly string[]
  readonly batches: boolean
  readonly enumerates: boolean
}

/** Commands that the target can be given. */
export function commandsFor({ capabilities }: Target, pool: Pool): fc.Arbitrary<Command> {
  const key = fc.constantFrom(...pool.keys)
  const number = fc.nat({ max: 9 })
  const call = <const C extends string>(name: C) => fc.constant(name)
  const commands: fc.Arbitrary<Command>[] = [
    fc.record({ call: call('store'), key, number }),
    fc.record({ call: call('load'), key }),
    fc.record({ call: call('remove'), key }),
  ]
  if (capabilities.persistent) commands.push(fc.record({ call: call('reopen') }))
  if (pool.enumerates) commands.push(fc.record({ call: call('keys') }))
  if (pool.batches) {
    commands.push(
      fc.record({ call: call('storeMany'), entries: fc.array(fc.tuple(key, number), { maxLength: 4 }) }),
      fc.record({ call: call('loadMany'), keys: fc.array(key, { maxLength: 4 }) }),
      fc.record({ call: call('removeMany'), keys: fc.array(key, { maxLength: 4 }) }),
    )
  }
  return fc.oneof(...commands)
}

/** Carries the commands out on a fresh store and on a `Map`, compares each answer and, at the end, every key. */
export async function runCommands(
  context: Context,
  location: string,
  commands: readonly Command[],
  keys: readonly string[],
): Promise<void> {
  let store = await context.open(location)
  const truth = new Map<string, unknown>()
  try {
    for (const command of commands) {
      if (command.call === 'reopen') store = await context.reopen(store)
      else await step(store, truth, command, context)
    }
    for (const key of keys)
      checkSame(await store.load(key), truth.get(key), `load of ${keyText(key)} at the end`)
  } finally {
    await store.close()
  }
}

async function step(
  store: StoreUnderTest,
  truth: Map<string, unknown>,
  command: Exclude<Command, { call: 'reopen' }>,
  { values }: Context,
): Promise<void> {
  switch (command.call) {
    case 'store':
      await store.store(command.key, values.numbered(command.number))
      truth.set(command.key, values.numbered(command.number))
      return
    case 'load':
      checkSame(await store.load(command.key), truth.get(command.key), 'load')
      return
    case 'remove':
      check(
        (await store.remove(command.key)) === truth.delete(command.key),
        'remove tells whether the key existed',
      )
      return
    case 'storeMany': {
      const entries = command.entries.map(([key, number]) => [key, values.numbered(number)] as const)
      await store.storeMany(entries)
      for (const [key, value] of entries) truth.set(key, value)
      return
    }
    case 'loadMany': {
      // Optional, also where batches are claimed.
      if (typeof store.raw.loadMany !== 'function') return
      const expected = [...new Set(command.keys)].filter((key) => truth.has(key)).sort()
      const found = await store.loadMany(command.keys)
      checkSame([...found.keys()].sort(), expected, 'the keys that loadMany found')
      for (const [key, value] of found)
        checkSame(value, truth.get(key), `what loadMany found for ${keyText(key)}`)
      return
    }
    case 'removeMany': {
      if (typeof store.raw.removeMany !== 'function') return
      const existed = [...new Set(command.keys)].filter((key) => truth.delete(key)).length
      checkSame(await store.removeMany(command.keys), existed, 'how many keys removeMany found')
      return
    }
    case 'keys':
      checkSame(await store.keys(), [...truth.keys()].sort(), 'keys')
  }
}
