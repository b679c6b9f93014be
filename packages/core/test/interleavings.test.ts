import fc, { type Scheduler } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AsyncWriteThroughCache } from '../src/index.ts'
import { isLinearizable, read } from './histories/checker.ts'
import type { Fate } from './histories/simulated-store.ts'
import { ACTS, Clients, type Kind, KEYS } from './interleavings/clients.ts'
import { ScheduledStore } from './interleavings/scheduled-store.ts'

const SEED = 1
/** How many schedules of each. `INTERLEAVINGS=1000 pnpm test --project core interleavings` tries more. */
const PAIR_SCHEDULES = Number(process.env.INTERLEAVINGS ?? 20)
const TRIPLE_SCHEDULES = Number(process.env.INTERLEAVINGS ?? 4)

const KINDS = Object.keys(ACTS) as Kind[]

/** What the operations meet. */
const SCENE = fc.record({
  capacity: fc.integer({ min: 1, max: 2 }),
  batches: fc.boolean(),
  before: fc.constantFrom('absent', 'stored', 'resident'),
  aborts: fc.nat(2),
  fates: fc.oneof(
    fc.constant([]),
    fc.array(fc.constantFrom<Fate>('succeeds', 'refused', 'lost', 'applied, then lost'), { maxLength: 6 }),
  ),
})
type Scene = typeof SCENE extends fc.Arbitrary<infer T> ? T : never

describe('operations of one key at once are linearizable, and at rest each resident value is the stored one', () => {
  test(`every pair of kinds, in ${PAIR_SCHEDULES} schedules each from seed ${SEED}`, async () => {
    for (const kinds of pairs()) await holds(kinds, PAIR_SCHEDULES)
  }, 600_000)

  test(`every triple of kinds, in ${TRIPLE_SCHEDULES} schedules each from seed ${SEED}`, async () => {
    for (const kinds of pairs()) {
      for (const third of KINDS.slice(KINDS.indexOf(kinds[1]!)))
        await holds([...kinds, third], TRIPLE_SCHEDULES)
    }
  }, 600_000)
})

/** In which order they begin is for the scheduler to say. */
function pairs(): Kind[][] {
  return KINDS.flatMap((first, index) => KINDS.slice(index).map((second) => [first, second]))
}

/** Fails with fast-check's report: the seed, the operations, the smallest scene and schedule that it found. */
async function holds(kinds: readonly Kind[], numRuns: number): Promise<void> {
  const property = fc.asyncProperty(fc.scheduler(), SCENE, (scheduler, scene) => run(kinds, scheduler, scene))
  try {
    await fc.assert(property, { seed: SEED, numRuns })
  } catch (cause) {
    throw new Error(`${kinds.join(', ')}: ${(cause as Error).message}`, { cause })
  }
}

async function run(kinds: readonly Kind[], scheduler: Scheduler, scene: Scene): Promise<void> {
  let clock = 0
  const tick = () => ++clock
  const store = new ScheduledStore(scheduler, scene.fates, tick)
  if (scene.batches) store.withBatches()
  if (scene.before !== 'absent') for (const key of KEYS) store.contents.set(key, 1)
  const initial = new Map(store.contents)
  const cache = new AsyncWriteThroughCache(store, { capacity: scene.capacity })
  if (scene.before === 'resident') await scheduler.waitFor(cache.warm(KEYS).catch(() => {}))

  const controllers = kinds.map(() => new AbortController())
  const announce = (news: () => void) =>
    scheduler.schedule(Promise.resolve(), 'the cache hears of it').then(news)
  const clients = new Clients(
    cache,
    store,
    tick,
    { others: kinds.includes('a change elsewhere'), announce },
    () => controllers[scene.aborts % kinds.length]!.abort(),
  )
  let open = kinds.length
  const broken: unknown[] = []
  for (const [index, kind] of kinds.entries()) {
    const begun = scheduler.schedule(Promise.resolve(), `#${index} ${kind}`)
    const { signal } = controllers[index]!
    void begun
      .then(() => ACTS[kind](clients, 10 + index, { signal }))
      .then(() => open--)
      .catch((error: unknown) => broken.push(error))
  }
  do {
    await scheduler.waitIdle()
    await new Promise((resolve) => setImmediate(resolve))
  } while (scheduler.count() > 0)
  if (broken.length > 0) throw broken[0]
  if (open > 0) throw new Error(`${open} operations were never answered`)

  cache.assertInvariants(true)
  for (const [key, value] of cache.entries()) expect(value, `${key} at rest`).toBe(store.contents.get(key))
  for (const [key, history] of clients.histories) {
    const stored = read('at rest the store', clock + 1, clock + 2, store.contents.get(key))
    if (isLinearizable([...history, stored], initial.get(key))) continue
    const shown = [...history, stored].map(
      ({ name, calledAt, answeredAt }) => `[${calledAt}, ${answeredAt}] ${name}`,
    )
    throw new Error(`${key}, initially ${initial.get(key)}, is not linearizable:\n  ${shown.join('\n  ')}`)
  }
}
