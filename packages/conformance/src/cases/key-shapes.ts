import { createHash } from 'node:crypto'
import { keyText } from '@wt/core'
import type { Context } from '../case.ts'
import { check, checkAbsent, checkSame } from '../check.ts'
import type { TopicCase } from '../topic.ts'

/** The cases of the topic keys that are a group of keys each, easily taken for one another. */
export const shapeCases: readonly TopicCase[] = [
  apart(
    'empty',
    'the empty string is a key',
    { why: 'An empty id, such as that of a root, would fail or hit another entry.' },
    ['', ' '],
  ),
  apart(
    'dots',
    'dots are keys',
    { why: 'A key `..` taken as a path reads and overwrites what lies outside.' },
    ['.', '..', '...'],
  ),
  apart(
    'prefixes',
    'a key can be the beginning or the directory of another',
    {
      why: '`foo` and `foo:bar` cannot both exist where one is a file and the other a directory.',
      peers: ['unstorage 1.17.6 (fs-lite)', 'bentocache 1.6.1 (file)'],
    },
    ['foo', 'foo:bar', 'foo/bar', 'foo/bar/baz'],
  ),
  apart(
    'separators',
    'separators are part of a key',
    {
      why: "`a:b` and `a/b` become one record: one user's data under another's key.",
      peers: ['unstorage 1.17.6', 'bentocache 1.6.1 (file)'],
    },
    ['a:b', 'a/b', 'a\\b', 'a|b', 'ab'],
  ),
  apart(
    'slashes',
    'no slash is lost',
    { why: '`a//b` and `a/b` become one record once a path is normalised.' },
    ['a/b', 'a//b', '/a/b', 'a/b/', './a/b'],
  ),
  apart(
    'query',
    'what looks like a query or a fragment is part of a key',
    { why: 'Cached URLs that differ in their query would share one answer.', peers: ['unstorage 1.17.6'] },
    ['k?q=1', 'k?q=2', 'k#q', 'k'],
  ),
  apart(
    'numeric',
    'a string of digits is the string it was',
    {
      why: '`"1"` that comes back as a number, or `"01"` as `"1"`, is not found again.',
      peers: ['unstorage 1.17.6'],
    },
    ['1', '01', '1.0', '1e0', '-1'],
  ),
  apart(
    'case',
    'upper and lower case are different keys',
    { why: 'On a file system that ignores case, two users become one.' },
    ['Foo', 'foo', 'FOO'],
  ),
  apart(
    'normalization',
    'Unicode forms are different keys',
    { why: '`é` has two spellings; a name typed on another system finds or overwrites the wrong entry.' },
    ['\u00e9', 'e\u0301', '\ufb01', 'fi'],
  ),
  apart(
    'nul',
    'NUL is a character like any other',
    { why: 'Text that is cut at NUL makes two keys one, or fails far from its cause.' },
    ['a', 'a\0', 'a\0b', '\0'],
  ),
  apart(
    'reserved',
    'names that a file system reserves are keys',
    { why: '`CON` or `NUL.txt` as a file name works on one system and loses the data on another.' },
    ['CON', 'NUL.txt', 'aux', 'COM1', 'lpt9.a'],
  ),
  apart(
    'trailing',
    'dots and blanks at the ends are kept',
    { why: 'Windows drops trailing dots and blanks: two keys become one.' },
    ['a', 'a.', 'a ', ' a', 'a\t'],
  ),
  apart(
    'line-ends',
    'line ends are kept',
    { why: 'A log or an index by lines breaks, and takes its neighbours along.' },
    ['a\nb', 'a\r\nb', 'a\rb', 'ab', 'ab\n', 'a b'],
  ),
  apart(
    'percent',
    'what looks like an escape is not unescaped',
    { why: 'Unescaping once too often turns `%2e%2e` into `..`.' },
    ['%2e', '.', '%2E', '%', '%zz'],
  ),
  apart(
    'prototype',
    'names of members of Object are keys',
    { why: '`__proto__` as a key of an object pollutes it, or vanishes.' },
    ['__proto__', 'constructor', 'toString', 'hasOwnProperty'],
  ),
  apart(
    'look-alikes',
    'keys that look like temporary or lock files are kept',
    {
      why: 'A clean-up that goes by names deletes data that only looks like a leftover.',
    },
    ['a', 'a.tmp', 'a.lock', '.tmp-a', '~a'],
  ),
  apart(
    'wildcards',
    'wildcards and quotes mean nothing',
    { why: 'A key that is taken for a pattern matches, or deletes, many others.' },
    ['*', '%', '_', "'", '"'],
  ),
  apart(
    'hashes',
    'a key that is the hash of another is another',
    { why: 'A store that names files by hash confuses a key with the hash of another.' },
    ['Ä b', ...hashesOf('Ä b')],
  ),
  apart(
    'weak-hashes',
    'keys that a weak hash takes for one are kept apart',
    {
      why: 'A store that goes by 32 bits of a hash gives one user the data of another, at a million keys for sure.',
    },
    // In pairs: of Java's hashCode, of FNV-1a, of DJB2 with addition and with exclusive or, of CRC-32.
    [
      'Aa',
      'BB',
      'costarring',
      'liquid',
      'hetairas',
      'mentioner',
      'haggadot',
      'loathsomenesses',
      'plumless',
      'buckeroo',
    ],
  ),
  apart(
    'emoji',
    'characters beyond the basic plane are kept apart',
    { why: 'Text in UTF-16 that is cut in the middle of a pair makes different keys equal.' },
    ['😀', '😁', '👩‍👩‍👧', '👩'],
  ),
  apart(
    'invisible',
    'characters that are not seen count',
    { why: 'A trimmed or cleaned key is another key.' },
    ['a', '\ufeffa', 'a\u200b', 'a\u00ad', '\ufffd'],
  ),
  apart(
    'long-255',
    'keys around 255 bytes are told apart by their last byte',
    {
      why: 'File names end at 255 bytes: what is cut off there makes two keys one, or fails.',
      peers: ['keyv-file'],
    },
    around(255),
  ),
  apart(
    'long-umlauts',
    'the length of a key is not cut to bytes',
    { why: '255 characters are not 255 bytes; a limit in the wrong unit cuts or fails.' },
    ['a', 'b'].map((end) => `${'ä'.repeat(130)}${end}`),
  ),
  apart(
    'long-65536',
    'keys of 65,536 bytes are told apart by their last byte',
    { why: 'A length kept in 16 bits, or a key cut for an index, makes two keys one.' },
    around(65_536).slice(1, 3),
  ),
]

/** Keys that must live side by side, each with its own value, also in `keys` and after a reopen. */
function apart(
  id: string,
  title: string,
  reason: Pick<TopicCase, 'why' | 'peers'>,
  group: readonly string[],
): TopicCase {
  return { id, title, ...reason, entries: group.length, run: (context) => checkApart(context, group) }
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
