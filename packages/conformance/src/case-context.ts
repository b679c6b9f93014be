import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInAnotherProcess } from './another-process.ts'
import type { Context } from './case.ts'
import { check } from './check.ts'
import { display, History } from './history.ts'
import { StoreUnderTest } from './store-under-test.ts'
import type { Target } from './target.ts'
import { valuesOf } from './values.ts'

/** The case cannot be carried out, which says nothing about the promise it is about. */
export class CannotRun extends Error {
  override readonly name: string = 'CannotRun'
}

/** Thrown by `context.skip`. */
export class Skipped extends Error {
  override readonly name: string = 'Skipped'
}

/** A context with what only the runner sees of it. */
export interface RunningCase {
  readonly context: Context
  readonly history: History
  /** Closes what is open and removes the directory. Nothing that it meets changes the verdict, which stands by then. */
  dispose(): Promise<void>
}

/** Makes the directory and the context of one case. */
export async function startCase(target: Target, seed: number): Promise<RunningCase> {
  const root = await mkdtemp(join(tmpdir(), 'conformance-'))
  // Two directories deep in one of the case's own: a key that escapes is seen and does no harm.
  const around = join(root, 'around')
  const location = join(around, 'store')
  await mkdir(location, { recursive: true })
  const history = new History()
  const stores = new Set<StoreUnderTest>()
  const openedBefore = new Set<string>()

  async function open(name = 'store'): Promise<StoreUnderTest> {
    const path = join(around, name)
    await mkdir(path, { recursive: true })
    const isFirst = !openedBefore.has(name)
    openedBefore.add(name)
    const text = name === 'store' ? 'open()' : `open() at another location, ${name}`
    // That it opens at all is a condition of the case; that it opens again is a promise of the store.
    const raw = await history.record(text, () => (isFirst ? openFirst(target, path) : target.open(path)))
    check(typeof raw === 'object' && raw !== null, `open answers a store, not ${display(raw)}`)
    const store = new StoreUnderTest(raw, history)
    stores.add(store)
    return store
  }

  const context: Context = {
    target,
    location,
    seed,
    values: valuesOf(target.values),
    open,
    async reopen(store) {
      await store.close()
      stores.delete(store)
      return open()
    },
    inAnotherProcess(calls) {
      const { module } = target
      if (module === undefined) throw new CannotRun(`${target.name} does not name its module`)
      return history.record(`in another process: ${display(calls)}`, () =>
        runInAnotherProcess(module, location, calls),
      )
    },
    skip(reason) {
      throw new Skipped(reason)
    },
    forgetHistory: () => history.forget(),
  }

  async function dispose(): Promise<void> {
    history.ended = true
    for (const { raw } of stores) {
      try {
        await raw.close?.()
      } catch {
        // A close that fails is for the lifecycle cases to judge; here the rest has still to be cleaned up.
      }
    }
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
  }

  return { context, history, dispose }
}

async function openFirst(target: Target, location: string): Promise<Awaited<ReturnType<Target['open']>>> {
  try {
    return await target.open(location)
  } catch (cause) {
    // Without a store there is nothing to judge, except that the target cannot be run.
    throw new CannotRun(`${target.name} does not open: ${display(cause)}`, { cause })
  }
}
