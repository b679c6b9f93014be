import { expect, test } from 'vitest'
import { KeyTurns } from '../../src/text-store/key-turns.ts'

test('a key is forgotten when its last call is over, however it ended', async () => {
  const turns = new KeyTurns()
  const first = turns.run('a', () => Promise.reject(new Error('no')))
  const second = turns.run('a', () => Promise.resolve(2))
  const other = turns.run('b', () => Promise.resolve(3))
  expect(turns.size).toBe(2)
  await expect(first).rejects.toThrow('no')
  expect(await Promise.all([second, other])).toEqual([2, 3])
  await turns.over('a')
  await turns.over('b')
  expect(turns.size).toBe(0)
})
