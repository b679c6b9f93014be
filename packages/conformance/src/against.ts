import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AsyncBackingStore, BulkStoreError, keyText, StoreError } from '@wt/core'
import fc from 'fast-check'
import { display } from './history.ts'
import { type Command, commandsFor } from './model/commands.ts'
import { same } from './same.ts'
import type { Capabilities, Target, ValueKind } from './target.ts'
import { valuesOf } from './values.ts'

/** Whether two targets answered the same to the same commands; the first difference, and what led to it, when they did not. */
export interface Comparison {
  readonly targets: readonly [string, string]
  readonly seed: number
  readonly runs: number
  readonly difference?: {
    /** The smallest history found, a line a command; the last is the one that was answered differently. */
    readonly commands: readonly string[]
    readonly answers: readonly [string, string]
  }
}

const KEYS = ['', 'a', 'a ', 'a/b', 'A', '__proto__', '..']
const LONGEST = 24

/** Gives both targets the same commands, which the seed determines, and compares every answer. */
export async function compareTargets(
  one: Target,
  other: Target,
  { seed, runs }: { readonly seed: number; readonly runs: number },
): Promise<Comparison> {
  const values = valuesOf(commonValues(one, other))
  const both: Target = { ...one, capabilities: commonCapabilities(one, other) }
  const { keys, batch } = both.capabilities
  const command = commandsFor(both, { keys: KEYS, batches: Boolean(batch), enumerates: keys === true })
  const histories = fc.array(command, { minLength: 1, maxLength: LONGEST, size: 'max' })
  let found: Comparison['difference']
  const agrees = async (commands: Command[]) => {
    const difference = await firstDifference(one, other, commands, (number) => values.numbered(number))
    // Shrinking ends with the smallest that fails.
    if (difference !== undefined) found = difference
    return difference === undefined
  }
  const result = await fc.check(fc.asyncProperty(histories, agrees), { seed, numRuns: runs })
  const comparison = { targets: [one.name, other.name] as const, seed, runs: result.numRuns }
  return found === undefined ? comparison : { ...comparison, difference: found }
}

function commonValues(one: Target, other: Target): ValueKind {
  if (one.values === other.values) return one.values
  const kinds = [one.values, other.values]
  // What JSON holds, structured clone holds too.
  if (kinds.includes('json') && kinds.includes('structured')) return 'json'
  throw new RangeError(
    `${one.name} holds ${one.values} and ${other.name} ${other.values}: they cannot be compared`,
  )
}

function commonCapabilities(one: Target, other: Target): Capabilities {
  const [a, b] = [one.capabilities, other.capabilities]
  return {
    persistent: Boolean(a.persistent && b.persistent),
    keys: Boolean(a.keys && b.keys),
    ...(a.batch && b.batch ? { batch: a.batch } : {}),
  }
}

type Store = AsyncBackingStore<string, unknown>

async function firstDifference(
  one: Target,
  other: Target,
  commands: readonly Command[],
  toValue: (number: number) => unknown,
): Promise<Comparison['difference']> {
  const directory = await mkdtemp(join(tmpdir(), 'conformance-'))
  const targets = [one, other]
  const places = await Promise.all(targets.map((_, index) => mkdtemp(join(directory, `${index}-`))))
  let stores: Store[] = []
  const open = async () => {
    stores = await Promise.all(targets.map(async (target, index) => await target.open(places[index]!)))
  }
  try {
    await open()
    for (const [index, command] of commands.entries()) {
      if (command.call === 'reopen') {
        for (const store of stores) await store.close?.()
        await open()
        continue
      }
      const answers = []
      for (const store of stores) answers.push(await answerOf(store, command, toValue))
      if (same(answers[0], answers[1])) continue
      return {
        commands: commands.slice(0, index + 1).map(commandText),
        answers: [display(answers[0]), display(answers[1])],
      }
    }
    return undefined
  } finally {
    for (const store of stores) await store.close?.()
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** What a command answered, in a form that can be compared: of a failure its kind and code alone. */
async function answerOf(
  store: Store,
  command: Exclude<Command, { call: 'reopen' }>,
  toValue: (number: number) => unknown,
): Promise<unknown> {
  try {
    switch (command.call) {
      case 'store':
        await store.store(command.key, toValue(command.number))
        return undefined
      case 'load':
      case 'remove':
        return await store[command.call](command.key)
      case 'storeMany':
        await store.storeMany!(command.entries.map(([key, number]) => [key, toValue(number)] as const))
        return undefined
      case 'loadMany':
        if (store.loadMany === undefined) return await loadEach(store, command.keys)
        return sorted(await store.loadMany(command.keys))
      case 'removeMany': {
        if (store.removeMany !== undefined) return await store.removeMany(command.keys)
        let existed = 0
        for (const key of command.keys) if (await store.remove(key)) existed++
        return existed
      }
      default: {
        const keys: string[] = []
        for await (const key of store.keys!()) keys.push(key)
        return keys.sort()
      }
    }
  } catch (error) {
    // A failure is an answer too.
    if (StoreError.is(error)) return { failed: error.code, applied: error.applied }
    return { failed: BulkStoreError.is(error) ? 'BulkStoreError' : (error as Error).name }
  }
}

async function loadEach(store: Store, keys: readonly string[]): Promise<unknown> {
  const found = new Map<string, unknown>()
  for (const key of keys) {
    const value = await store.load(key)
    if (value !== undefined) found.set(key, value)
  }
  return sorted(found)
}

function sorted(found: Map<string, unknown>): [string, unknown][] {
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1))
}

function commandText(command: Command): string {
  switch (command.call) {
    case 'store':
      return `store(${keyText(command.key)}, value ${command.number})`
    case 'load':
    case 'remove':
      return `${command.call}(${keyText(command.key)})`
    case 'storeMany':
      return `storeMany(${command.entries.map(([key, number]) => `${keyText(key)}: value ${number}`).join(', ')})`
    case 'loadMany':
    case 'removeMany':
      return `${command.call}(${command.keys.map((key) => keyText(key)).join(', ')})`
    default:
      return `${command.call}()`
  }
}
