import type { Case, Context } from '../case.ts'
import { Clients, type ClientsOptions, type Subject } from '../histories/clients.ts'
import { randomFrom } from '../random.ts'
import type { StoreUnderTest } from '../store-under-test.ts'
import { defineTopic } from '../topic.ts'

/** Histories a case tries: the first are the smallest, so that a fault shows in as few calls as it can. */
const HISTORIES = 14

export const linearizability: readonly Case[] = defineTopic('linearizability', [
  {
    id: 'one-key',
    title: 'concurrent calls of one key have answers that one order of them explains',
    why: 'A reader that sees an older value after a newer one acts on what is no longer true, and writes it back.',
    peers: ['cacheable 2.5.0', 'bentocache 1.6.1', 'cache-manager 7.2.9'],
    answersLater: true,
    run: (context) => checkHistories(context, { keys: ['a'] }),
  },
  {
    id: 'several-keys',
    title: 'concurrent calls of several keys have such answers for each key',
    why: 'Bookkeeping shared between keys lets a busy one answer for another.',
    answersLater: true,
    entries: 3,
    run: (context) => checkHistories(context, { keys: ['a', 'b', 'a/b'] }),
  },
  {
    id: 'many-calls',
    title: 'they have when very many calls are under way at once',
    why: 'Queues that are correct when short drop or reorder calls once they are full, which is when it matters.',
    answersLater: true,
    run: (context) =>
      checkHistories(context, {
        keys: ['a', 'b'],
        clients: 12,
        fewestCalls: 6,
        histories: 3,
        pipelining: 0.75,
      }),
  },
  {
    id: 'mixed-sizes',
    title: 'they have when large values, which take longer, are among small ones',
    why: 'A small write that overtakes a large one is undone when the large one arrives: the newest value is lost.',
    answersLater: true,
    run: (context) =>
      checkHistories(context, {
        keys: ['a'],
        histories: 6,
        // Of lengths that differ, so that a value is told by it.
        numberToValue: (number) => context.values.sized((number % 2 === 0 ? 100_000 : 20) + number, number),
      }),
  },
  {
    id: 'batches',
    title: 'they have when batches are among them',
    why: 'A batch that does not wait in the queues of its keys overwrites what was stored after it.',
    needs: ['batch'],
    answersLater: true,
    entries: 3,
    run: (context) => checkHistories(context, { keys: ['a', 'b', 'c'], batches: true }),
  },
  {
    id: 'conditional-writes',
    title: 'they have when writes are among them that depend on a version',
    why: 'A condition that is looked at before its turn lets a write pass that others have overtaken.',
    needs: ['versions'],
    answersLater: true,
    run: (context) => checkHistories(context, { keys: ['a', 'b'], conditions: true, fewestCalls: 4 }),
  },
  {
    id: 'after-a-reopen',
    title: 'what concurrent calls left is what the store holds when it is opened again',
    why: 'What readers saw and what reached the disk in another order differ from the next start on.',
    needs: ['persistent'],
    answersLater: true,
    run: (context) => checkHistories(context, { keys: ['a', 'b'], reopens: true, histories: 8 }),
  },
])

interface Plan
  extends Partial<
    Pick<ClientsOptions, 'clients' | 'pipelining' | 'batches' | 'conditions' | 'numberToValue'>
  > {
  readonly keys: readonly string[]
  readonly histories?: number
  readonly fewestCalls?: number
  /** The last reads are of the store opened again. */
  readonly reopens?: boolean
}

async function checkHistories(context: Context, plan: Plan): Promise<void> {
  const { keys, batches = false, histories = HISTORIES, fewestCalls = 2, reopens = false } = plan
  const random = randomFrom(context.seed)
  for (let index = 0; index < histories; index++) {
    context.forgetHistory()
    const store = await context.open(`history-${index}`)
    const clients = plan.clients ?? 2 + (index % 3)
    const numberToValue = plan.numberToValue ?? ((number: number) => context.values.numbered(number))
    const calls = fewestCalls + index
    const options = {
      random,
      keys,
      clients,
      calls,
      batches,
      conditions: plan.conditions ?? false,
      numberToValue,
      pipelining: plan.pipelining ?? 0.3,
    }
    const run = new Clients(subjectOf(store), options)
    await run.run(async () => (reopens ? (await context.reopen(store)).raw : store.raw))
  }
}

function subjectOf({ raw }: StoreUnderTest): Subject {
  return {
    store: (key, value) => raw.store(key, value),
    load: (key) => raw.load(key),
    remove: (key) => raw.remove(key),
    storeMany: (entries) => raw.storeMany!(entries),
    ...(raw.loadMany && { loadMany: (keys) => raw.loadMany!(keys) }),
    ...(raw.removeMany && { removeMany: (keys) => raw.removeMany!(keys) }),
    ...(raw.loadVersioned && { loadVersioned: (key) => raw.loadVersioned!(key) }),
    ...(raw.storeIf && { storeIf: (...given) => raw.storeIf!(...given) }),
  }
}
