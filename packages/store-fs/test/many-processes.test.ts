import { beforeEach, expect, test } from 'vitest'
import { FsStore } from '../src/index.ts'
import { runProcess, tempsIn, temporaryDirectory } from './fixtures.ts'

const PROCESSES = 8
const ROUNDS = 15

let path: string

beforeEach(() => {
  path = temporaryDirectory()
})

/**
 * Each writes keys of its own and the ones that all write, reads what the others write, and opens the store again all the
 * time, which sweeps. A value is one character many times: half of one and half of another is none.
 */
const WORKER = `
  const me = args[1], rounds = Number(args[2])
  const value = (round) => me + ':' + String.fromCharCode(97 + round % 26).repeat(9_000 + round)
  const isWhole = (text) => /^[0-9]:([a-z])\\1*$/.test(text)
  let store = new FsStore({ path: args[0], durability: 'process' })
  for (let round = 0; round < rounds; round++) {
    store.store('own ' + me + ' ' + round, value(round))
    store.store('shared', value(round))
    store.storeMany([['batch', value(round)], ['last of ' + me, round]])
    if (round % 5 === 4 && !store.remove('own ' + me + ' ' + (round - 1))) throw new Error('a key was lost')
    for (const key of ['shared', 'batch']) {
      if (!isWhole(store.load(key))) throw new Error('torn: ' + store.load(key).slice(0, 20))
    }
    if (store.load('own ' + me + ' ' + round) !== value(round)) throw new Error('an acknowledged write was lost')
    if (round % 3 === 0) {
      store.close()
      store = new FsStore({ path: args[0], durability: 'process' })
    }
  }`

test('H15, H24: of eight processes on one store none loses a write, reads a torn value or fails by the sweep of another', {
  timeout: 120_000,
}, async () => {
  const workers = Array.from({ length: PROCESSES }, (_, me) =>
    runProcess(WORKER, path, String(me), String(ROUNDS)),
  )
  for (const { exit } of workers) expect(await exit).toMatchObject({ code: 0 })
  const store = new FsStore<unknown>({ path })
  const owed: string[] = ['shared', 'batch']
  for (let me = 0; me < PROCESSES; me++) {
    expect(store.load(`last of ${me}`)).toBe(ROUNDS - 1)
    owed.push(`last of ${me}`)
    for (let round = 0; round < ROUNDS; round++) {
      const isRemoved = round % 5 === 3
      const value = store.load(`own ${me} ${round}`)
      expect(value === undefined, `own ${me} ${round}`).toBe(isRemoved)
      if (!isRemoved) owed.push(`own ${me} ${round}`)
    }
  }
  expect([...store.keys()].sort()).toEqual(owed.sort())
  expect(tempsIn(path)).toEqual([])
})
