import { StoreError } from '../store-error.ts'
import type { Codec } from './codec.ts'

export interface JsonOptions {
  /** What to do with an object's member that is `undefined`, which JSON leaves out. Default `'refuse'`. */
  readonly undefinedMembers?: 'refuse' | 'omit'
}

/**
 * Values as JSON. Refuses, with `INVALID_VALUE` and the path, all that JSON would lose or change: `undefined`, NaN and
 * the infinities, -0, bigints, symbols, functions, dates, maps, class instances, holes, hidden or symbol members, cycles.
 * O(size): one walk over the value besides `JSON.stringify`.
 */
export function json<V = unknown>(options: JsonOptions = {}): Codec<V> {
  const { undefinedMembers = 'refuse' } = options
  if (undefinedMembers !== 'refuse' && undefinedMembers !== 'omit') {
    throw new TypeError(`json(): undefinedMembers is 'refuse' or 'omit', not ${String(undefinedMembers)}`)
  }
  const omit = undefinedMembers === 'omit'
  const encoder = new TextEncoder()
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return {
    encode(value) {
      return encoder.encode(stringify(value, omit))
    },
    decode: (bytes) => JSON.parse(decoder.decode(bytes)) as V,
  }
}

function stringify(value: unknown, omit: boolean): string {
  try {
    const text = JSON.stringify(value)
    // There is no cycle, or JSON.stringify had thrown: this walk needs no memory of where it has been.
    check(value, '', omit, undefined)
    return text
  } catch (cause) {
    // A bigint, a cycle, a getter that throws, too deep a nesting: the walk says where, if it can.
    throw StoreError.is(cause) ? cause : explained(value, omit, cause)
  }
}

function explained(value: unknown, omit: boolean, cause: unknown): unknown {
  try {
    check(value, '', omit, new Set())
  } catch (error) {
    // Else the walk met what JSON.stringify met, such as the end of the stack, and knows no more.
    if (StoreError.is(error)) return error
  }
  return new StoreError('INVALID_VALUE', `JSON cannot hold the value: ${(cause as Error).message}`, { cause })
}

function check(value: unknown, path: string, omit: boolean, ancestors: Set<object> | undefined): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return
    case 'number':
      if (!Number.isFinite(value) || Object.is(value, -0)) {
        refuse(path, Object.is(value, -0) ? '-0' : String(value))
      }
      return
    case 'object':
      break
    case 'undefined':
      refuse(path, "undefined; json({ undefinedMembers: 'omit' }) leaves such members of objects out")
      break
    default:
      refuse(path, `a ${typeof value}`)
  }
  if (value === null) return
  if (ancestors?.has(value)) refuse(path, 'a reference to one of its own ancestors')
  ancestors?.add(value)
  if (Array.isArray(value)) checkArray(value, path, omit, ancestors)
  else checkObject(value as object, path, omit, ancestors)
  ancestors?.delete(value)
}

function checkArray(array: unknown[], path: string, omit: boolean, ancestors: Set<object> | undefined): void {
  if (!isPlain(array, 'Array')) refuse(path, `a ${className(array)}`)
  // Its elements and `length`: more is a named member, less is a hole.
  if (Reflect.ownKeys(array).length !== array.length + 1) refuse(path, 'an array with holes or named members')
  for (let index = 0; index < array.length; index++) {
    check(array[index], `${path}[${index}]`, omit, ancestors)
  }
}

function checkObject(object: object, path: string, omit: boolean, ancestors: Set<object> | undefined): void {
  if (!isPlain(object, 'Object')) refuse(path, `a ${className(object)}`)
  const names = Object.keys(object)
  if (Reflect.ownKeys(object).length !== names.length) refuse(path, 'an object with symbol or hidden members')
  for (const name of names) {
    const member = (object as Record<string, unknown>)[name]
    if (member === undefined && omit) continue
    check(member, `${path}.${name}`, omit, ancestors)
  }
}

/** Its prototype is `Object.prototype` or `Array.prototype`, also that of another realm (a vm context, a frame). */
function isPlain(value: object, name: 'Object' | 'Array'): boolean {
  const prototype = Object.getPrototypeOf(value)
  if (prototype === (name === 'Array' ? Array.prototype : Object.prototype)) return true
  if (prototype === null || prototype.constructor?.name !== name) return false
  const parent = Object.getPrototypeOf(prototype)
  return name === 'Object' ? parent === null : parent !== null && Object.getPrototypeOf(parent) === null
}

function className(value: object): string {
  return Object.getPrototypeOf(value) === null
    ? 'null-prototype object'
    : (value.constructor?.name ?? 'object')
}

function refuse(path: string, what: string): never {
  const where = path === '' ? 'the value' : `value${path}`
  throw new StoreError('INVALID_VALUE', `JSON cannot hold ${where}: it is ${what}`)
}
