import { expect, test } from 'vitest'
import { FsStore } from '../src/index.ts'
import { temporaryDirectory } from './fixtures.ts'

const KEYS = 20_000

/** Half of them stand in their files' names, half are hashed. */
const keyOf = (number: number) => (number % 2 === 0 ? `user-${number}` : `user:${number}`)

test('20,000 keys are all listed, once, and all loaded by a store that is opened anew', {
  timeout: 120_000,
}, () => {
  const path = temporaryDirectory()
  const store = new FsStore<number>({ path, durability: 'process' })
  for (let number = 0; number < KEYS; number++) store.store(keyOf(number), number)
  const again = new FsStore<number>({ path, durability: 'process' })
  const listed = [...again.keys()]
  expect(listed).toHaveLength(KEYS)
  expect(new Set(listed).size).toBe(KEYS)
  for (let number = 0; number < KEYS; number++) {
    if (again.load(keyOf(number)) !== number)
      throw new Error(`load of ${keyOf(number)}: ${again.load(keyOf(number))}`)
  }
})
