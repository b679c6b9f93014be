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
  async answerFirst(tookMs: number): Promise<void> {
    const { size, answered } = this.#messages.shift()!
    answered.resolve({ outcomes: Array.from({ length: size }, () => ({ pieces: [] })), tookMs })
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

test('while the database is quick, half of those who wait are on their way while the other half is answered', async () => {
  const { thread, workers } = scripted()
  const first = calls(thread, 1)
  await turn()
  await workers[0]!.answerFirst(0.1)
  const many = calls(thread, 64)
  await turn()
  expect(workers[0]!.sizes).toEqual([32, 32])
  await workers[0]!.answerFirst(0.1)
  const more = calls(thread, 31)
  await turn()
  // Fewer than are on their way wait for more to come.
  expect(workers[0]!.sizes).toEqual([32])
  const last = calls(thread, 1)
  await turn()
  expect(workers[0]!.sizes).toEqual([32, 32])
  const late = calls(thread, 200)
  await turn()
  expect(workers[0]!.sizes).toEqual([32, 32])
  for (const sizes of [[32, 200], [200], []]) {
    await workers[0]!.answerFirst(0.1)
    expect(workers[0]!.sizes).toEqual(sizes)
  }
  await Promise.all([first, many, more, last, late].flat())
  await thread.close()
})

test('while its commits are slow, all who wait share the next one', async () => {
  const { thread, workers } = scripted()
  const first = calls(thread, 1)
  await turn()
  await workers[0]!.answerFirst(5)
  const many = calls(thread, 64)
  await turn()
  expect(workers[0]!.sizes).toEqual([64])
  const more = calls(thread, 64)
  await turn()
  expect(workers[0]!.sizes).toEqual([64])
  await workers[0]!.answerFirst(5)
  expect(workers[0]!.sizes).toEqual([64])
  await workers[0]!.answerFirst(5)
  await Promise.all([first, many, more].flat())
})

test('a thread that ends over two messages fails the calls of both, and the next is started at once', async () => {
  const { thread, workers } = scripted()
  const first = calls(thread, 1)
  await turn()
  await workers[0]!.answerFirst(0.1)
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
  await workers[1]!.answerFirst(0.1)
  await Promise.all(queued)
})
