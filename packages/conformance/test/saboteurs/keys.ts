import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { inFiles, inMemory, type Saboteur } from './sabotage.ts'

/** A memory store that takes a key for another: one saboteur for each shape of key. */
function mistaking(kills: string, fault: string, taken: (key: string) => string): Saboteur {
  return inMemory(`keys/${kills}`, fault, (right) => ({
    store: (key, value) => right.store(taken(key), value),
    load: (key) => right.load(taken(key)),
    remove: (key) => right.remove(taken(key)),
  }))
}

const bytesOf = (key: string, length: number) => Buffer.from(key).subarray(0, length).toString('latin1')
const sha256 = (key: string) => createHash('sha256').update(key).digest('hex')

export const keys: readonly Saboteur[] = [
  mistaking('empty', 'takes the empty key for a blank', (key) => key || ' '),
  mistaking('dots', 'takes ".." for "."', (key) => key.replace(/^\.+$/, '.')),
  inMemory('keys/prefixes', 'cannot hold a key below another, as a directory below a file', (right) => ({
    store(key, value) {
      const [directory] = key.split(/[:/]/)
      if (directory !== key && right.entries.has(directory!)) throw new Error('ENOTDIR')
      right.store(key, value)
    },
  })),
  mistaking('separators', 'takes one separator for another', (key) => key.replaceAll(/[:\\|]/g, '/')),
  mistaking('slashes', 'normalizes paths', (key) => posix.normalize(`/${key}`)),
  mistaking('query', 'cuts a query off', (key) => key.split(/[?#]/)[0]!),
  mistaking('numeric', 'takes strings of digits for numbers', (key) =>
    /^\d/.test(key) && Number.isFinite(Number(key)) ? String(Number(key)) : key,
  ),
  inMemory('keys/numeric', 'lists a string of digits as a number', (right) => ({
    keys: () => [...right.keys()].map((key) => (/^\d+$/.test(key) ? (Number(key) as never) : key)),
  })),
  mistaking('case', 'ignores case', (key) => key.toLowerCase()),
  mistaking('normalization', 'normalizes Unicode', (key) => key.normalize('NFC')),
  mistaking('nul', 'ends a key at NUL', (key) => key.split('\0')[0]!),
  mistaking('reserved', 'writes to a device instead of a file', (key) =>
    /^(con|nul|aux|com1|lpt9)(\.|$)/i.test(key) ? 'device' : key,
  ),
  mistaking('trailing', 'drops dots and blanks at the end', (key) => key.replace(/[. ]+$/, '')),
  mistaking('line-ends', 'takes one line end for another', (key) => key.replaceAll(/\r\n?/g, '\n')),
  mistaking('line-ends', 'takes a line end for a blank', (key) => key.replaceAll('\n', ' ')),
  mistaking('percent', 'unescapes keys', (key) => key.replaceAll(/%2e/gi, '.')),
  inMemory('keys/prototype', 'looks keys up in an object', (right) => ({
    load: (key) => right.load(key) ?? ({} as Record<string, unknown>)[key],
  })),
  inMemory('keys/look-alikes', 'sweeps keys that look like temporary files', (right) => ({
    load: (key) => (/\.(tmp|lock)$/.test(key) ? undefined : right.load(key)),
  })),
  inMemory('keys/wildcards', 'takes a key for a pattern when it removes', (right) => ({
    remove(key) {
      const existed = right.remove(key)
      if (key === '*') right.entries.clear()
      return existed
    },
  })),
  mistaking('hashes', 'names a key by its hash, next to keys as they are', (key) =>
    /^[a-z0-9]*$/.test(key) ? key : sha256(key),
  ),
  mistaking('weak-hashes', "goes by Java's hash of a key", (key) => (key === 'BB' ? 'Aa' : key)),
  mistaking('emoji', 'loses characters beyond the basic plane', (key) =>
    key.replaceAll(/[\u{10000}-\u{10ffff}]/gu, '?'),
  ),
  mistaking('invisible', 'strips what is not seen', (key) => key.replaceAll(/\ufeff|\u200b|\u00ad/g, '')),
  mistaking('long-255', 'cuts keys off after 255 bytes', (key) => bytesOf(key, 255)),
  mistaking('long-umlauts', 'cuts keys off after 255 bytes if they have no more characters', (key) =>
    key.length <= 255 ? bytesOf(key, 255) : key,
  ),
  mistaking('long-65536', 'cuts keys off after 65,535 characters', (key) => key.slice(0, 65_535)),
  inFiles('keys/stay-inside', 'leaves a file where a key leads', (right) => ({
    store(key, value) {
      right.store(key, value)
      if (key === '../escaped') writeFileSync(join(right.location, key), 'escaped')
    },
  })),
  mistaking('lone-surrogates-do-not-collide', 'takes a lone surrogate for U+FFFD', (key) =>
    key.toWellFormed(),
  ),
  inFiles('keys/lone-surrogates-are-invalid', 'holds lone surrogates as U+FFFD', (right) => ({
    store: (key, value) => right.store(key.toWellFormed(), value),
    load: (key) => right.load(key.toWellFormed()),
    remove: (key) => right.remove(key.toWellFormed()),
  })),
  inFiles(
    'keys/lone-surrogates-are-invalid',
    'refuses a lone surrogate and stores it all the same',
    (right) => ({
      store(key, value) {
        if (!key.isWellFormed()) right.store(key.toWellFormed(), value)
        right.store(key, value)
      },
    }),
  ),
]
