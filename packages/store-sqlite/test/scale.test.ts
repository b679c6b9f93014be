import { expect, test } from 'vitest'
import { SqliteStore } from '../src/index.ts'
import { closedAfterTest, databasePath } from './fixtures.ts'

const KEYS = 20_000

test('20,000 keys are all listed, once and in order, and all loaded by a store that is opened anew', {
  timeout: 120_000,
}, () => {
  const path = databasePath()
  const store = new SqliteStore<number>({ path, durability: 'process' })
  const singly = KEYS / 2
  for (let number = 0; number < singly; number++) store.store(`user:${number}`, number)
  store.storeMany(
    Array.from({ length: KEYS - singly }, (_, index) => [`user:${singly + index}`, singly + index]),
  )
  store.close()
  const again = closedAfterTest(new SqliteStore<number>({ path, durability: 'process' }))
  const listed = [...again.keys()]
  expect(listed).toEqual(Array.from({ length: KEYS }, (_, number) => `user:${number}`).sort())
  for (let number = 0; number < KEYS; number++) {
    if (again.load(`user:${number}`) !== number)
      throw new Error(`load of ${number}: ${again.load(`user:${number}`)}`)
  }
})
