import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { keyText, StoreError } from '@wt/core'
import { canaryAround } from '../canary.ts'
import type { Case, Context } from '../case.ts'
import { check, checkAbsent, checkFails, checkSame } from '../check.ts'
import { display } from '../history.ts'
import { defineTopic, type TopicCase } from '../topic.ts'

const LONE = '\ud800'

export const keys: readonly Case[] = defineTopic('keys', [
  apart('empty', 'the empty string is a key', ['', ' ']),
  apart('dots', 'dots are keys', ['.', '..', '...']),
  apart('prefixes', 'a key can be the beginning or the directory of another', [
    'foo',
    'foo:bar',
    'foo/bar',
    'foo/bar/baz',
  ]),
  apart('separators', 'separators are part of a key', ['a:b', 'a/b', 'a\\b', 'a|b', 'ab']),
  apart('slashes', 'no slash is lost', ['a/b', 'a//b', '/a/b', 'a/b/', './a/b']),
  apart('query', 'what looks like a query or a fragment is part of a key', ['k?q=1', 'k?q=2', 'k#q', 'k']),
  apart('numeric', 'a string of digits is the string it was', ['1', '01', '1.0', '1e0', '-1']),
  apart('case', 'upper and lower case are different keys', ['Foo', 'foo', 'FOO']),
  apart('normalization', 'Unicode forms are different keys', ['\u00e9', 'e\u0301', '\ufb01', 'fi']),
  apart('nul', 'NUL is a character like any other', ['a', 'a\0', 'a\0b', '\0']),
  apart('reserved', 'names that a file system reserves are keys', [
    'CON',
    'NUL.txt',
    'aux',
    'COM1',
    'lpt9.a',
  ]),
  apart('trailing', 'dots and blanks at the ends are kept', ['a', 'a.', 'a ', ' a', 'a\t']),
  apart('line-ends', 'line ends are kept', ['a\nb', 'a\r\nb', 'a\rb', 'ab', 'ab\n', 'a b']),
  apart('percent', 'what looks like an escape is not unescaped', ['%2e', '.', '%2E', '%', '%zz']),
  apart('prototype', 'names of members of Object are keys', [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
  ]),
  apart('look-alikes', 'keys that look like temporary or lock files are kept', [
    'a',
    'a.tmp',
    'a.lock',
    '.tmp-a',
    '~a',
  ]),
  apart('wildcards', 'wildcards and quotes mean nothing', ['*', '%', '_', "'", '"']),
  apart('hashes', 'a key that is the hash of another is another', ['Ä b', ...hashesOf('Ä b')]),
  apart('emoji', 'characters beyond the basic plane are kept apart', ['😀', '😁', '👩‍👩‍👧', '👩']),
  apart('invisible', 'characters that are not seen count', ['a', '\ufeffa', 'a\u200b', 'a\u00ad', '\ufffd']),
  apart('long-255', 'keys around 255 bytes are told apart by their last byte', around(255)),
  apart(
    'long-umlauts',
    'the length of a key is not cut to bytes',
    ['a', 'b'].map((end) => `${'ä'.repeat(130)}${end}`),
  ),
  apart('long-65536', 'keys of 65,536 bytes are told apart by their last byte', around(65_536).slice(1, 3)),
  {
    id: 'stay-inside',
    title: 'no key leads out of the location',
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

/** Keys that must live side by side, each with its own value, also in `keys` and after a reopen. */
function apart(id: string, title: string, group: readonly string[]): TopicCase {
  return { id, title, entries: group.length, run: (context) => checkApart(context, group) }
}

async function checkApart(context: Context, group: readonly string[]): Promise<void> {
  const { open, reopen, values, target } = context
  let store = await open()
  for (const [number, key] of group.entries()) {
    checkAbsent(await store.load(key), `load of ${keyText(key)} before it is stored`)
    await store.store(key, values.numbered(number))
  }
  if (target.capabilities.persistent) store = await reopen(store)
  for (const [number, key] of group.entries()) {
    checkSame(await store.load(key), values.numbered(number), `load of ${keyText(key)}`)
  }
  if (target.capabilities.keys) checkSame(await store.keys(), [...group].sort(), 'keys')
  const [first, ...others] = group
  check(await store.remove(first!), `remove of ${keyText(first)} answers true, for it exists`)
  checkAbsent(await store.load(first!), `load of ${keyText(first)} after its remove`)
  for (const [index, key] of others.entries()) {
    checkSame(
      await store.load(key),
      values.numbered(index + 1),
      `load of ${keyText(key)} after another's remove`,
    )
  }
}

/** Keys of about a length in bytes, which differ at their ends alone. */
function around(length: number): string[] {
  const stem = 'k'.repeat(length - 1)
  return [stem, `${stem}a`, `${stem}b`, `${stem}ab`]
}

/** What a store may name a file by, had the key to be hashed. */
function hashesOf(key: string): string[] {
  return ['sha256', 'sha1', 'md5'].map((name) => createHash(name).update(key).digest('hex'))
}
