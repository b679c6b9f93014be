import fc from 'fast-check'
import { type CacheUnderTest, kindsFor, openCache } from '../caches/cache-under-test.ts'
import type { Context } from '../case.ts'
import { check, checkSame } from '../check.ts'
import { Clients, someTurns } from '../histories/clients.ts'
import { checkRandomHistories } from '../model/random-histories.ts'
import { randomFrom } from '../random.ts'
import type { TopicCase } from '../topic.ts'

const KEYS = ['a', 'b']
const HISTORIES = 16

/** The cases of the topic cache that try random histories. */
export const historyCases: readonly TopicCase[] = [
  {
    id: 'model',
    title: 'a cache too small for its keys answers any history as a Map does, and holds what the store holds',
    why: 'A fault that takes five calls in a row is found by a program, or by a user.',
    entries: KEYS.length,
    async run(context) {
      let run = 0
      await checkRandomHistories(context, command(), (commands) => runHistory(context, run++, commands))
    },
  },
  {
    id: 'concurrent-histories',
    title:
      'concurrent calls of the asynchronous cache have answers that one order of them explains, for each key',
    why: 'Each race that is known by name was first seen as a value that nobody could explain.',
    peers: ['cacheable 2.5.0', 'cache-manager 7.2.9', 'bentocache 1.6.1'],
    entries: 2,
    async run(context) {
      const random = randomFrom(context.seed)
      for (let index = 0; index < HISTORIES; index++) {
        context.forgetHistory()
        const options = { capacity: 1 + (index % 2) }
        const cache = await openCache(context, 'asynchronous', options, `history-${index}`, pauses(random))
        await runClients(context, cache, random, index)
      }
    },
  },
]

type Command =
  | { readonly call: 'put' | 'getOrPut' | 'update'; readonly key: string; readonly number: number }
  | { readonly call: 'get' | 'invalidate' | 'evict' | 'refresh'; readonly key: string }
  | { readonly call: 'getMany' | 'invalidateMany'; readonly keys: readonly string[] }
  | { readonly call: 'putMany'; readonly entries: readonly (readonly [string, number])[] }

function command(): fc.Arbitrary<Command> {
  const key = fc.constantFrom(...KEYS)
  const number = fc.nat({ max: 9 })
  const keys = fc.array(key, { maxLength: 3 })
  return fc.oneof(
    fc.record({ call: fc.constantFrom('put' as const, 'getOrPut' as const, 'update' as const), key, number }),
    fc.record({ call: fc.constantFrom('get' as const, 'refresh' as const), key }),
    fc.record({ call: fc.constantFrom('invalidate' as const, 'evict' as const, 'refresh' as const), key }),
    fc.record({ call: fc.constantFrom('getMany' as const, 'invalidateMany' as const), keys }),
    fc.record({
      call: fc.constant('putMany' as const),
      entries: fc.array(fc.tuple(key, number), { maxLength: 3 }),
    }),
  )
}

async function runHistory(context: Context, run: number, commands: readonly Command[]): Promise<void> {
  for (const kind of kindsFor(context.target)) {
    context.forgetHistory()
    const cache = await openCache(context, kind, { capacity: 1 }, `run-${run}-${kind}`)
    const truth = new Map<string, unknown>()
    for (const each of commands) {
      await step(cache, truth, each, (number) => context.values.numbered(number))
      check(cache.raw.size <= 1, `of capacity 1 at most 1 entry is resident, not ${cache.raw.size}`)
    }
    for (const key of KEYS) {
      checkSame(await cache.store.load(key), truth.get(key), `load of ${key} from the store at the end`)
      const resident = cache.raw.peek(key)
      if (resident !== undefined)
        checkSame(resident, truth.get(key), `what is resident for ${key} at the end`)
    }
    await cache.store.close()
  }
}

async function step(
  cache: CacheUnderTest,
  truth: Map<string, unknown>,
  command: Command,
  numberToValue: (number: number) => unknown,
): Promise<void> {
  switch (command.call) {
    case 'put':
      await cache.put(command.key, numberToValue(command.number))
      truth.set(command.key, numberToValue(command.number))
      return
    case 'getOrPut':
      if (!truth.has(command.key)) truth.set(command.key, numberToValue(command.number))
      checkSame(
        await cache.getOrPut(command.key, () => numberToValue(command.number)),
        truth.get(command.key),
        'getOrPut',
      )
      return
    case 'update': {
      const value = command.number === 0 ? undefined : numberToValue(command.number)
      await cache.update(command.key, (old) => {
        checkSame(old, truth.get(command.key), 'what update was given')
        return value
      })
      if (value === undefined) truth.delete(command.key)
      else truth.set(command.key, value)
      return
    }
    case 'get':
    case 'refresh':
      checkSame(await cache[command.call](command.key), truth.get(command.key), command.call)
      return
    case 'invalidate':
      checkSame(await cache.invalidate(command.key), truth.delete(command.key), 'what invalidate answered')
      return
    case 'evict':
      await cache.evict(command.key)
      return
    case 'getMany': {
      const owed = [...new Set(command.keys)].filter((key) => truth.has(key)).sort()
      const found = await cache.getMany(command.keys)
      checkSame([...found.keys()].sort(), owed, 'the keys that getMany found')
      for (const [key, value] of found) checkSame(value, truth.get(key), `what getMany found for ${key}`)
      return
    }
    case 'invalidateMany': {
      const existed = [...new Set(command.keys)].filter((key) => truth.delete(key)).length
      checkSame(await cache.invalidateMany(command.keys), existed, 'how many invalidateMany found')
      return
    }
    case 'putMany': {
      const entries = command.entries.map(([key, number]) => [key, numberToValue(number)] as const)
      await cache.putMany(entries)
      for (const [key, value] of entries) truth.set(key, value)
    }
  }
}

async function runClients(
  context: Context,
  cache: CacheUnderTest,
  random: () => number,
  index: number,
): Promise<void> {
  const { raw } = cache
  const subject = {
    store: (key: string, value: unknown) => raw.put(key, value),
    load: (key: string) => raw.get(key),
    remove: (key: string) => raw.invalidate(key),
    storeMany: (entries: readonly (readonly [string, unknown])[]) => raw.putMany(entries),
    loadMany: (keys: readonly string[]) => raw.getMany(keys),
    removeMany: (keys: readonly string[]) => raw.invalidateMany(keys),
    disturbances: [(key: string) => raw.evict(key), (key: string) => raw.refresh(key)],
  }
  const numberToValue = (number: number) => context.values.numbered(number)
  const options = {
    random,
    keys: KEYS,
    clients: 2 + (index % 3),
    calls: 2 + index,
    batches: index % 2 === 1,
    numberToValue,
  }
  await new Clients(subject, options).run()
  for (const key of KEYS) {
    const resident = raw.peek(key)
    if (resident === undefined) continue
    checkSame(resident, await cache.store.load(key), `at rest, what is resident for ${key}`)
  }
  await cache.store.close()
}

/** Waits of different lengths, so that calls overtake each other wherever nothing keeps them from it. */
function pauses(random: () => number): () => Promise<void> {
  return () => someTurns(random)
}
