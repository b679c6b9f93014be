import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytes, type Codec, json, utf8 } from '../../src/index.ts'
import { structured } from '../../src/node.ts'
import { storeErrorOf } from '../fixtures.ts'

const SEED = 20_261_124

function roundTrip<V>(codec: Codec<V>, value: V): V {
  return codec.decode(codec.encode(value))
}

function expectRefused(codec: Codec<never>, value: unknown, message?: RegExp): void {
  const error = storeErrorOf(() => codec.encode(value as never))
  expect(error).toMatchObject({ code: 'INVALID_VALUE', applied: 'no' })
  if (message !== undefined) expect(error.message).toMatch(message)
}

describe('json', () => {
  test('brings back every JSON value as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        // -0 is refused, see below.
        const plain = JSON.parse(JSON.stringify(value))
        expect(roundTrip(json(), plain)).toStrictEqual(plain)
      }),
      { seed: SEED },
    )
  })

  test.each([null, 0, '', false, [], {}, '\ud800', '\ufeffmark', { ['__proto__']: 1 }, { toJSON: 1 }])(
    '%# round trips',
    (value) => {
      expect(roundTrip<unknown>(json(), value)).toStrictEqual(value)
    },
  )

  const cycle: Record<string, unknown> = {}
  cycle.self = { again: cycle }
  class Point {
    x = 1
  }
  test.each<[string, unknown, RegExp]>([
    ['NaN', { a: [1, Number.NaN] }, /value\.a\[1\].*NaN/],
    ['Infinity', Number.POSITIVE_INFINITY, /the value.*Infinity/],
    ['-0', { a: -0 }, /value\.a.*-0/],
    ['a bigint', { deep: { er: 1n } }, /value\.deep\.er.*bigint/],
    ['undefined at the top', undefined, /the value.*undefined/],
    ['an undefined member', { a: undefined }, /value\.a.*undefinedMembers: 'omit'/],
    ['an undefined element', [undefined], /value\[0\].*undefined/],
    ['a function', { f() {} }, /value\.f.*function/],
    ['a symbol', { s: Symbol('s') }, /value\.s.*symbol/],
    ['a symbol member', { [Symbol('s')]: 1 }, /symbol or hidden/],
    ['a hidden member', Object.defineProperty({}, 'x', { value: 1 }), /symbol or hidden/],
    ['a hole', new Array(2), /holes/],
    ['an array with a name', Object.assign([1], { name: 1 }), /named members/],
    ['a Date', { at: new Date(0) }, /value\.at.*Date/],
    ['a Map', new Map(), /Map/],
    ['a Set', new Set(), /Set/],
    ['a RegExp', /x/, /RegExp/],
    ['a typed array', new Uint8Array(2), /Uint8Array/],
    ['a class instance', { p: new Point() }, /value\.p.*Point/],
    ['an array of a subclass', new (class Stack extends Array {})(), /Stack/],
    ['a boxed string', Object('s'), /String/],
    ['an object without a prototype', Object.create(null), /null-prototype/],
    ['an object with toJSON', { toJSON: () => 1 }, /value\.toJSON.*function/],
    ['a cycle', cycle, /value\.self\.again.*ancestors/],
  ])('refuses %s and says where', (_what, value, message) => {
    expectRefused(json<never>(), value, message)
  })

  test('refuses a nesting that is too deep for the machine', () => {
    let deep: unknown = []
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expectRefused(json<never>(), deep)
  })

  test('leaves undefined members out when asked to, and nothing else', () => {
    const codec = json<unknown>({ undefinedMembers: 'omit' })
    expect(roundTrip(codec, { a: 1, b: undefined })).toStrictEqual({ a: 1 })
    expectRefused(codec as Codec<never>, [undefined])
    expectRefused(codec as Codec<never>, undefined)
    expect(() => json({ undefinedMembers: 'keep' as never })).toThrow(TypeError)
  })

  test('takes plain objects and arrays of another realm', async () => {
    const { runInNewContext } = await import('node:vm')
    const foreign = runInNewContext('({ a: [1, { b: 2 }] })')
    expect(roundTrip<unknown>(json(), foreign)).toStrictEqual({ a: [1, { b: 2 }] })
    expectRefused(json<never>(), runInNewContext('new Map()'))
  })

  test('does not decode what is no JSON, nor what is no UTF-8', () => {
    for (const damaged of [[], [0x7b], [0xff, 0xfe], [0x22, 0xc3, 0x22]]) {
      expect(() => json().decode(Uint8Array.from(damaged))).toThrow()
    }
  })
})

describe('utf8', () => {
  test('brings back every well-formed string, a byte order mark included', () => {
    const strings = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed())
    fc.assert(
      fc.property(strings, (text) => {
        expect(roundTrip(utf8(), text)).toBe(text)
      }),
      { seed: SEED },
    )
    expect(roundTrip(utf8(), '\ufeffx')).toBe('\ufeffx')
  })

  test('refuses lone surrogates and what is no string; does not decode what is no UTF-8', () => {
    for (const value of ['\ud800', 'a\udc00b', 1, null, undefined])
      expectRefused(utf8() as Codec<never>, value)
    expect(() => utf8().decode(Uint8Array.of(0xff))).toThrow()
  })
})

describe('bytes', () => {
  test('brings back all bytes, of a view with an offset too, in memory of its own', () => {
    const all = Uint8Array.from({ length: 256 }, (_, index) => index)
    const view = all.subarray(10, 20)
    const encoded = bytes().encode(view)
    const decoded = bytes().decode(encoded)
    expect(decoded).toStrictEqual(Uint8Array.from(view))
    expect(decoded.buffer.byteLength).toBe(10)
    view[0] = 99
    encoded[1] = 99
    expect([decoded[0], decoded[1]]).toEqual([10, 11])
  })

  test('takes a Buffer and gives back a plain Uint8Array', () => {
    const decoded = roundTrip<Uint8Array>(bytes(), Buffer.from('abc'))
    expect(Object.getPrototypeOf(decoded)).toBe(Uint8Array.prototype)
    expect(decoded).toStrictEqual(Uint8Array.of(97, 98, 99))
  })

  test('refuses what would come back as something else', () => {
    for (const value of [
      'abc',
      [1, 2],
      new Uint16Array(2),
      new DataView(new ArrayBuffer(2)),
      new ArrayBuffer(2),
      null,
    ]) {
      expectRefused(bytes() as Codec<never>, value)
    }
  })
})

describe('structured', () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle

  test.each<[string, unknown]>([
    ['dates', new Date(7)],
    ['maps and sets', new Map([['a', new Set([1])]])],
    ['bigints', 2n ** 70n],
    ['undefined members', { a: undefined }],
    ['NaN and -0', [Number.NaN, -0]],
    ['typed arrays', new Float64Array([1, 2])],
    ['cycles', cycle],
  ])('brings back %s', (_what, value) => {
    expect(roundTrip<unknown>(structured(), value)).toEqual(value)
  })

  test.each<[string, unknown]>([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a class instance', new (class Point {})()],
    ['a symbol member', { [Symbol('s')]: 1 }],
    ['a promise', Promise.resolve()],
  ])('refuses %s', (_what, value) => {
    expectRefused(structured() as Codec<never>, value)
  })

  test('gives back memory of its own', () => {
    const encoded = structured<Uint8Array>().encode(Uint8Array.of(1, 2, 3))
    const decoded = structured<Uint8Array>().decode(encoded)
    encoded.fill(0)
    expect(decoded).toEqual(Uint8Array.of(1, 2, 3))
  })
})
