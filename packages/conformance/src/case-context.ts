import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { AsyncBackingStore } from '@wt/core'
import { runInAnotherProcess } from './another-process.ts'
import type { Context } from './case.ts'
import { check } from './check.ts'
import { display, History } from './history.ts'
import { CannotRun, Skipped } from './outcomes.ts'
import { StoreUnderTest } from './store-under-test.ts'
import type { OpenOptions, Target } from './target.ts'
import { valuesOf } from './values.ts'

/** How long cleaning up waits for a store to close. */
const CLOSE_MS = 5000

/** A context with what only the runner sees of it. */
export interface RunningCase {
  readonly context: Context
  readonly history: History
  /** Closes what is open and removes the directory. Nothing that it meets changes the verdict, which stands by then. */
  dispose(): Promise<void>
}

/** Makes the directory and the context of one case. */
export async function startCase(
  target: Target,
  { seed, timeoutMs }: Pick<Context, 'seed' | 'timeoutMs'>,
): Promise<RunningCase> {
  const root = await mkdtemp(join(tmpdir(), 'conformance-'))
  // Two directories deep in one of the case's own: a key that escapes is seen and does no harm.
  const around = join(root, 'around')
  const location = join(around, 'store')
  await mkdir(location, { recursive: true })
  const history = new History()
  /** What is open, and at which location. */
  const stores = new Map<StoreUnderTest, string>()
  const openedBefore = new Set<string>()
  const ended = new AbortController()

  async function open(name = 'store', options?: OpenOptions): Promise<StoreUnderTest> {
    history.assertRunning()
    const path = join(around, name)
    await mkdir(path, { recursive: true })
    const isFirst = !openedBefore.has(name)
    openedBefore.add(name)
    const text = name === 'store' ? 'open()' : `open() at another location, ${name}`
    // That it opens at all is a condition of the case; that it opens again is a promise of the store.
    const opening = () => (isFirst ? openFirst(target, path, options) : target.open(path, options))
    const raw = await history.record(text, opening, (answer) => (answer ? 'a store' : display(answer)))
    check(typeof raw === 'object' && raw !== null, `open answers a store, not ${display(raw)}`)
    const store = new StoreUnderTest(raw, history)
    stores.set(store, name)
    return store
  }

  const context: Context = {
    target,
    location,
    seed,
    timeoutMs,
    values: valuesOf(target.values),
    open,
    async reopen(store) {
      const name = stores.get(store)
      await store.close()
      stores.delete(store)
      return open(name)
    },
    inAnotherProcess(calls, { isKilled = false } = {}) {
      const { module } = target
      if (module === undefined) throw new CannotRun(`${target.name} does not name its module`)
      openedBefore.add('store')
      const text = `in another process${isKilled ? ', killed after it' : ''}: ${display(calls)}`
      const task = { module, location, calls, isKilled }
      return history.record(text, () => runInAnotherProcess(task, ended.signal))
    },
    skip(reason) {
      throw new Skipped(reason)
    },
    forgetHistory: () => history.forget(),
  }

  async function dispose(): Promise<void> {
    history.ended = true
    ended.abort()
    await Promise.all([...stores.keys()].map(({ raw }) => closeWithin(CLOSE_MS, raw)))
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
  }

  return { context, history, dispose }
}

async function openFirst(
  target: Target,
  location: string,
  options: OpenOptions | undefined,
): Promise<Awaited<ReturnType<Target['open']>>> {
  try {
    return await target.open(location, options)
  } catch (cause) {
    // Without a store there is nothing to judge, except that the target cannot be run.
    throw new CannotRun(`${target.name} does not open: ${display(cause)}`, { cause })
  }
}

async function closeWithin(limitMs: number, store: AsyncBackingStore<string, unknown>): Promise<void> {
  const settled = new AbortController()
  const limit = delay(limitMs, undefined, { signal: settled.signal }).catch(() => {
    // Called off, because the store has closed.
  })
  try {
    await Promise.race([store.close?.(), limit])
  } catch {
    // A close that fails is for the lifecycle cases to judge; here the rest has still to be cleaned up.
  }
  settled.abort()
}
