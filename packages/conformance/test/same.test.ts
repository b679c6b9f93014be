import { expect, test } from 'vitest'
import { same } from '../src/same.ts'

const ring = (name: string) => {
  const made: { name: string; self?: unknown } = { name }
  made.self = made
  return made
}

test('values are the same by content, whatever their prototype', () => {
  const pairs: [unknown, unknown][] = [
    [Number.NaN, Number.NaN],
    [{ a: [1, { b: null }] }, { a: [1, { b: null }] }],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [Buffer.from('ab'), new Uint8Array([97, 98])],
    [new Uint8Array([9, 1, 2]).subarray(1), new Uint8Array([1, 2])],
    [new Map([['a', new Set([1])]]), new Map([['a', new Set([1])]])],
    [new Date(5), new Date(5)],
    [ring('a'), ring('a')],
  ]
  for (const [a, b] of pairs) expect(same(a, b)).toBe(true)
})

test('what differs in the least is not the same', () => {
  const pairs: [unknown, unknown][] = [
    [0, -0],
    [null, undefined],
    ['1', 1],
    [1, 1n],
    [{}, []],
    [{ a: undefined }, {}],
    [[1, 2], [1]],
    [[undefined], new Array(1)],
    [{ a: 1 }, { a: 1, b: 2 }],
    [new Uint8Array([1]), new Uint16Array([1])],
    [new Uint8Array([1]), [1]],
    [new Uint8Array([1, 2]), new Uint8Array([1, 3])],
    [new Map([['a', 1]]), new Map([['a', 2]])],
    [new Set([1]), new Set([1, 2])],
    [new Date(5), new Date(6)],
    [new Date(5), new Date(5).toISOString()],
    [ring('a'), ring('b')],
  ]
  for (const [a, b] of pairs) {
    expect(same(a, b)).toBe(false)
    expect(same(b, a)).toBe(false)
  }
})
