import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { KeyvStore } from '../src/index.ts'

test('what is no driver is a TypeError, and a Keyv is told from its driver', () => {
  for (const driver of [undefined, null, {}, { get() {}, set() {} }]) {
    expect(() => new KeyvStore({ driver: driver as never })).toThrow(TypeError)
  }
  const keyv = { get() {}, set() {}, delete() {}, throwOnErrors: false }
  expect(() => new KeyvStore({ driver: keyv as never })).toThrow('hand over its driver, keyv.store')
})

test('an error that a driver emits does not end the process', () => {
  const driver = Object.assign(new EventEmitter(), { get() {}, set() {}, delete() {} })
  new KeyvStore({ driver })
  expect(() => driver.emit('error', new Error('connection lost'))).not.toThrow()
})

test('keys are listed by the driver’s iterator, and not where it has none', async () => {
  const texts = new Map<string, string>()
  const driver = {
    get: (key: string) => texts.get(key),
    set: (key: string, text: string) => void texts.set(key, text),
    delete: (key: string) => texts.delete(key),
  }
  const store = new KeyvStore({
    driver: {
      ...driver,
      async *iterator() {
        yield* texts
      },
    },
  })
  await store.store('a', 1)
  const keys: string[] = []
  for await (const key of store.keys!()) keys.push(key)
  expect(keys).toEqual(['a'])
  expect(new KeyvStore({ driver }).keys).toBeUndefined()
})

test('close disconnects the driver', async () => {
  let disconnected = 0
  const store = new KeyvStore({
    driver: Object.assign(new Map<string, string>(), { disconnect: () => void disconnected++ }),
  })
  await store.close()
  expect(disconnected).toBe(1)
})
