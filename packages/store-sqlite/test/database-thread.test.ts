import { StoreError } from '@wt/core'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Answer, DatabaseThread } from '../src/database-thread.ts'
import { DatabaseWorker } from '../src/database-worker.ts'
import type { Settings } from '../src/options.ts'

const SETTINGS: Settings = { source: { path: 'none.db' }, owned: true, durability: 'power', busyTimeoutMs: 0 }

/** A thread of the database that answers when the test says so. */
class ScriptedWorker {
  isRunning = true
  /** What each message that is on its way holds, and how it is answered. */
  readonly #messages: { readonly size: number; readonly answered: PromiseWithResolvers<unknown> }[] = []

  /** How many calls each message on its way holds. */
  get sizes(): number[] {
    return this.#messages.map(({ size }) => size)
  }

  answer(calls: readonly unknown[]): Promise<unknown> {
    const answered = Promise.withResolvers<unknown>()
    this.#messages.push({ size: calls.length, answered })
    return answered.promise
  }

  /** Answers the message that came first; resolves when whoever was answered has gone on. */
  async answerFirst(): Promise<void> {
    const { size, answered } = this.#messages.shift()!
    answered.resolve(Array.from({ length: size }, () => ({ pieces: [] })))
    await turn()
  }

  end(): void {
    this.isRunning = false
    const ended = new StoreError('UNAVAILABLE', 'the thread ended', { applied: 'unknown' })
    for (const { answered } of this.#messages.splice(0)) answered.reject(ended)
  }

  keepProcess(): void {}
  async terminate(): Promise<void> {}
  async close(): Promise<void> {}
}

function scripted(): { thread: DatabaseThread; workers: ScriptedWorker[] } {
  const workers: ScriptedWorker[] = []
  const start = vi.spyOn(DatabaseWorker, 'start').mockImplementation(async () => {
    const worker = new ScriptedWorker()
    workers.push(worker)
    return worker as unknown as DatabaseWorker
  })
  onTestFinished(() => start.mockRestore())
  return { thread: new DatabaseThread(SETTINGS), workers }
}

/** Everything that can happen now has. */
async function turn(): Promise<void> {
  for (let turns = 0; turns < 4; turns++) await new Promise((resolve) => setImmediate(resolve))
}

function calls(thread: DatabaseThread, count: number): Promise<Answer>[] {
  return Array.from({ length: count }, () => thread.call({ name: 'load', pieces: [] }))
}

/** A clock that stands still until it is told to go on. */
function stoppedClock(): { passMs(ms: number): void } {
  let now = 1000
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
  onTestFinished(() => clock.mockRestore())
  return {
    passMs(ms) {
      now += ms
    },
  }
}

test('of many calls made in one turn the first ones go ahead, and the rest at the end of the turn', async () => {
  const { thread, workers } = scripted()
  stoppedClock()
  const first = calls(thread, 1)
  await turn()
  await workers[0]!.answerFirst()
  const many = calls(thread, 40)
  expect(workers[0]!.sizes).toEqual([16, 16])
  await turn()
  expect(workers[0]!.sizes).toEqual([16, 16, 8])
  while (workers[0]!.sizes.length > 0) await workers[0]!.answerFirst()
  await Promise.all([first, many].flat())
  await thread.close()
})

test('messages follow the first while a quick commit takes, then calls wait until something is answered', async () => {
  const { thread, workers } = scripted()
  const clock = stoppedClock()
  const first = calls(thread, 1)
  await turn()
  clock.passMs(1.9)
  const soon = calls(thread, 1)
  await turn()
  expect(workers[0]!.sizes).toEqual([1, 1])
  clock.passMs(0.1)
  const signal = new AbortController()
  const late = thread.call({ name: 'load', pieces: [], signal: signal.signal })
  const more = calls(thread, 20)
  await turn()
  expect(workers[0]!.sizes).toEqual([1, 1])
  signal.abort()
  await expect(late).rejects.toMatchObject({ code: 'ABORTED', applied: 'no' })
  await workers[0]!.answerFirst()
  expect(workers[0]!.sizes).toEqual([1, 20])
  while (workers[0]!.sizes.length > 0) await workers[0]!.answerFirst()
  await Promise.all([first, soon, more].flat())
})

test('no more than 512 calls are on their way', async () => {
  const { thread, workers } = scripted()
  stoppedClock()
  const first = calls(thread, 1)
  await turn()
  const many = calls(thread, 700)
  await turn()
  const sum = () => workers[0]!.sizes.reduce((total, size) => total + size, 0)
  expect(sum()).toBe(512)
  await workers[0]!.answerFirst()
  expect(sum()).toBe(512)
  while (workers[0]!.sizes.length > 0) await workers[0]!.answerFirst()
  await Promise.all([first, many].flat())
})

test('a thread that ends over two messages fails the calls of both, and the next is started at once', async () => {
  const { thread, workers } = scripted()
  const first = calls(thread, 1)
  await turn()
  await workers[0]!.answerFirst()
  await Promise.all(first)
  const lost = calls(thread, 64)
  await turn()
  const queued = calls(thread, 1)
  workers[0]!.end()
  for (const outcome of await Promise.allSettled(lost)) {
    expect(outcome).toMatchObject({ reason: { code: 'UNAVAILABLE', applied: 'unknown' } })
  }
  await turn()
  expect(workers).toHaveLength(2)
  await workers[1]!.answerFirst()
  await Promise.all(queued)
})
