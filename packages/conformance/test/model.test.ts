import { expect, test } from 'vitest'
import { runConformance, type Target } from '../src/index.ts'
import { MemoryStore } from './fixtures/memory-store.ts'
import { memory } from './fixtures/targets.ts'

/** Keeps a key that was stored twice, when it is removed once. */
class Stubborn extends MemoryStore {
  readonly #stores = new Map<string, number>()

  override store(key: string, value: unknown): void {
    super.store(key, value)
    this.#stores.set(key, (this.#stores.get(key) ?? 0) + 1)
  }

  override remove(key: string): boolean {
    const isKept = this.#stores.get(key) === 2
    this.#stores.delete(key)
    return isKept ? this.entries.has(key) : super.remove(key)
  }
}

const target: Target = { ...memory, open: () => new Stubborn() }

test('the history shown is the smallest that fails, and the seed makes it again', async () => {
  const one = await runConformance(target, { case: 'model/single-calls', seed: 5 })
  const { verdict, message } = one.cases[0]!
  expect(verdict).toBe('fail')
  const calls = message!.split('\n').filter((line) => /^ {2}(store|load|remove)\(/.test(line))
  expect(calls.map((line) => line.slice(2, line.indexOf('(')))).toEqual(['store', 'store', 'remove', 'load'])
  const again = await runConformance(target, { case: 'model/single-calls', seed: 5 })
  expect(again.cases[0]!.message).toBe(message)
})
