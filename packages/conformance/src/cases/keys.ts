import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { keyText, StoreError } from '@wt/core'
import { canaryAround } from '../canary.ts'
import type { Case } from '../case.ts'
import { check, checkAbsent, checkFails, checkSame } from '../check.ts'
import { display } from '../history.ts'
import { defineTopic } from '../topic.ts'
import { shapeCases } from './key-shapes.ts'

const LONE = '\ud800'

export const keys: readonly Case[] = defineTopic('keys', [
  ...shapeCases,
  {
    id: 'stay-inside',
    title: 'no key leads out of the location',
    why: 'A key that comes from a request would read and write any file of the server.',
    peers: ['unstorage 1.17.6 (fs-lite, at driver level)'],
    async run({ open, values, location }) {
      const around = dirname(location)
      for (const path of ['canary', 'escaped.txt', 'escaped'])
        await writeFile(join(around, path), `the canary ${path}`)
      const unchanged = await canaryAround(location)
      const store = await open()
      const escapes = [
        '../escaped',
        '../../escaped',
        'a/../../escaped',
        '..\\escaped',
        join(around, 'escaped'),
        '/../escaped',
      ]
      for (const [number, key] of escapes.entries()) {
        await store.store(key, values.numbered(number))
        checkSame(await store.load(key), values.numbered(number), `load of ${keyText(key)}`)
        await unchanged()
        await store.remove(key)
        await unchanged()
      }
    },
  },
  {
    id: 'lone-surrogates-do-not-collide',
    title: 'a lone surrogate is refused as INVALID_KEY or kept apart from every other key',
    why: 'As UTF-8 every lone surrogate becomes the same character: different keys share a record.',
    peers: ['unstorage 1.17.6 (fs-lite)', 'keyv-file', 'better-sqlite3'],
    entries: 3,
    async run({ open, values }) {
      const store = await open()
      await store.store('\ufffd', values.numbered(1))
      const held: string[] = []
      for (const [number, key] of [LONE, '\udfff'].entries()) {
        try {
          await store.store(key, values.numbered(10 + number))
          held.push(key)
        } catch (error) {
          // Refused, which is right if it says so.
          check(
            StoreError.is(error) && error.code === 'INVALID_KEY',
            `a lone surrogate is INVALID_KEY, got ${display(error)}`,
          )
        }
      }
      for (const key of held) {
        checkSame(await store.load(key), values.numbered(key === LONE ? 10 : 11), `load of ${keyText(key)}`)
      }
      checkSame(
        await store.load('\ufffd'),
        values.numbered(1),
        'load of U+FFFD after stores of lone surrogates',
      )
    },
  },
  {
    id: 'lone-surrogates-are-invalid',
    title: 'a persistent store refuses lone surrogates with INVALID_KEY, and nothing is left of them',
    why: 'What is stored under such a key cannot be found again by it.',
    peers: ['better-sqlite3'],
    needs: ['persistent'],
    async run({ open, values, target }) {
      const store = await open()
      for (const key of [LONE, `a${LONE}b`, '\udfff']) {
        const owed = { code: 'INVALID_KEY', applied: 'no' } as const
        await checkFails(() => store.store(key, values.numbered(1)), owed, `store of ${keyText(key)}`)
        await checkFails(() => store.load(key), { code: 'INVALID_KEY' }, `load of ${keyText(key)}`)
        await checkFails(() => store.remove(key), owed, `remove of ${keyText(key)}`)
      }
      for (const key of ['\ufffd', 'a\ufffdb', '?', 'ab']) {
        checkAbsent(
          await store.load(key),
          `load of ${keyText(key)} after a store of a lone surrogate was refused`,
        )
      }
      if (target.capabilities.keys) checkSame(await store.keys(), [], 'keys after every store was refused')
    },
  },
])
