import type { ValueKind } from './target.ts'

export interface NamedValue {
  readonly name: string
  readonly value: unknown
}

/** Values of one kind, as the cases need them. Every call and every read makes them anew. */
export interface Values {
  readonly kind: ValueKind
  /** A small value, another for each number. Objects and bytes can be changed with `change`. */
  numbered(number: number): unknown
  /** Changes a value of `numbered` in place; strings cannot be changed. */
  change(value: unknown): void
  /** A value that holds a text of ASCII letters as it is, to be looked for in files. */
  marked(text: string): unknown
  /** A value that takes `sizeBytes` when it is written down, told apart by its content. */
  sized(sizeBytes: number, mark?: number): unknown
  /** Values that are empty or falsy, which careless code takes for absent. */
  falsy(): NamedValue[]
  /** Values of the kind that careless code changes. */
  delicate(): NamedValue[]
  /** Values not of the kind: to be refused, or given back exactly. */
  foreign(): NamedValue[]
}

export function valuesOf(kind: ValueKind): Values {
  switch (kind) {
    case 'json':
      return json
    case 'structured':
      return structured
    case 'bytes':
      return bytes
    case 'utf8':
      return utf8
  }
}

const TEXT = 'żółw ☃ 😀 שלום \u0000 \ufeff \u2028 \\ " \r\n'
const named = (entries: Record<string, unknown>): NamedValue[] =>
  Object.entries(entries).map(([name, value]) => ({ name, value }))

const json: Values = {
  kind: 'json',
  numbered: (number) => ({ number, list: [number, `value ${number}`] }),
  change(value) {
    const { list } = value as { list: unknown[] }
    list.push('changed')
    ;(value as { number: unknown }).number = 'changed'
  },
  marked: (text) => text,
  // Two bytes are its quotes.
  sized: (sizeBytes, mark) => text(sizeBytes - 2, mark),
  falsy: () =>
    named({ zero: 0, 'empty string': '', false: false, null: null, 'empty array': [], 'empty object': {} }),
  delicate: () => [
    ...named({
      'non-ASCII text': TEXT,
      'all code units below 256': allBelow256(),
      'a string of digits': '42',
      'a string that looks like JSON': '{"a":1}',
      'a string "null"': 'null',
      'a string that looks like a number': '1e3',
      'a string that looks like a date': '2026-01-31T12:00:00.000Z',
      'members named like paths and operators': { 'a.b': 1, $set: 2, 'a[0]': 3, '0': 4 },
      'sixty levels': nested(60),
      'the largest safe integer': Number.MAX_SAFE_INTEGER,
      'the smallest number': Number.MIN_VALUE,
      true: true,
      nested: { a: [{ b: [null, false, ''] }], '': { ' ': 0 } },
    }),
    { name: 'a member __proto__', value: JSON.parse('{"__proto__":{"x":1},"constructor":null}') },
  ],
  foreign: () =>
    named({
      'a Date': { at: new Date(0) },
      'a Map': { map: new Map([['a', 1]]) },
      NaN: { number: Number.NaN },
      'minus zero': { number: -0 },
      Infinity: [Number.POSITIVE_INFINITY],
      'a bigint': { number: 1n },
      'an undefined member': { member: undefined },
      'a function': { member: () => 1 },
      'a typed array': { bytes: new Uint8Array([1, 2]) },
    }),
}

const structured: Values = {
  ...json,
  kind: 'structured',
  falsy: () => [...json.falsy(), ...named({ NaN: Number.NaN, 'minus zero': -0, 'bigint zero': 0n })],
  delicate: () => [
    ...json.delicate(),
    ...named({
      'a Date': { at: new Date(1234567890123) },
      'a Map': new Map<unknown, unknown>([
        ['a', new Set([1, 2])],
        [1, null],
      ]),
      'a bigint': [2n ** 70n],
      'an undefined member': { member: undefined },
      'a typed array': { bytes: new Uint8Array([0, 255]), floats: new Float64Array([0.5, -0]) },
      'a view with an offset': new Uint8Array([9, 9, 1, 2, 9]).subarray(2, 4),
      'a cycle': cycle(),
    }),
  ],
  foreign: () =>
    named({
      'a function': { member: () => 1 },
      'a symbol': { member: Symbol('s') },
      'a WeakMap': [new WeakMap()],
    }),
}

const bytes: Values = {
  kind: 'bytes',
  numbered: (number) => new TextEncoder().encode(`value ${number}`),
  change: (value) => void (value as Uint8Array).fill(0xee),
  marked: (text) => new TextEncoder().encode(text),
  sized: (sizeBytes, mark) => new TextEncoder().encode(text(sizeBytes, mark)),
  falsy: () => named({ 'no bytes': new Uint8Array(0), 'one zero byte': new Uint8Array(1) }),
  delicate: () =>
    named({
      'all bytes': Uint8Array.from({ length: 256 }, (_, index) => index),
      'bytes that are no UTF-8': new Uint8Array([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80]),
      'a byte order mark': new Uint8Array([0xef, 0xbb, 0xbf, 0x61]),
      'line ends': new Uint8Array([13, 10, 10, 13, 26, 0]),
      'a view with an offset': new Uint8Array([9, 9, 1, 2, 9]).subarray(2, 4),
      'a Buffer': Buffer.from('a Buffer of the pool'),
    }),
  foreign: () =>
    named({
      'a string': 'text',
      'a number': 7,
      'a Float32Array': new Float32Array([1.5]),
      'an array': [1, 2],
    }),
}

const utf8: Values = {
  kind: 'utf8',
  numbered: (number) => `value ${number}`,
  change() {
    throw new Error('a string cannot be changed')
  },
  marked: (text) => text,
  sized: (sizeBytes, mark) => text(sizeBytes, mark),
  falsy: () => named({ 'empty string': '', 'a blank': ' ', 'the string 0': '0' }),
  delicate: () =>
    named({
      'non-ASCII text': TEXT,
      'all code units below 256': allBelow256(),
      'a string "null"': 'null',
      'a byte order mark first': '\ufefftext',
      'not normalized': 'e\u0301 \u00e9',
      'line ends': 'a\r\nb\rc\n',
    }),
  foreign: () =>
    named({
      'a lone surrogate': 'a\ud800b',
      'a number': 7,
      'an object': { a: 1 },
      bytes: new Uint8Array([1]),
    }),
}

/** ASCII that does not repeat soon, so that a piece out of place shows. */
function text(length: number, mark = 0): string {
  const period = Uint8Array.from(
    { length: 26 * 64 },
    (_, index) => 97 + ((index * 7 + (index >> 6) + mark) % 26),
  )
  return Buffer.alloc(Math.max(0, length), period).toString('latin1')
}

function allBelow256(): string {
  return String.fromCharCode(...Array.from({ length: 256 }, (_, index) => index))
}

function nested(levels: number): unknown {
  return levels === 0 ? 'the innermost' : { inner: nested(levels - 1) }
}

function cycle(): unknown {
  const ring: { self?: unknown; name: string } = { name: 'ring' }
  ring.self = ring
  return ring
}
