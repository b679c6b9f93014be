/** Equal in content: as `Object.is` for primitives, member by member for the rest. Cycles end. Prototypes do not count. */
export function same(a: unknown, b: unknown): boolean {
  return sameWithin(a, b, new Map())
}

function sameWithin(a: unknown, b: unknown, seen: Map<object, object>): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  // Within a cycle the pair is being compared already.
  if (seen.get(a) === b) return true
  seen.set(a, b)
  const kind = kindOf(a)
  if (kind !== kindOf(b)) return false
  if (ArrayBuffer.isView(a)) return sameBytes(bytesOf(a), bytesOf(b as ArrayBufferView))
  switch (kind) {
    case 'Date':
      return Object.is(Date.prototype.getTime.call(a), Date.prototype.getTime.call(b))
    case 'RegExp':
      return String(a) === String(b)
    case 'ArrayBuffer':
      return sameBytes(new Uint8Array(a as ArrayBuffer), new Uint8Array(b as ArrayBuffer))
    case 'Map':
      return sameWithin([...(a as Map<unknown, unknown>)], [...(b as Map<unknown, unknown>)], seen)
    case 'Set':
      return sameWithin([...(a as Set<unknown>)], [...(b as Set<unknown>)], seen)
    default:
      return sameMembers(a as Record<string, unknown>, b as Record<string, unknown>, seen)
  }
}

function sameMembers(
  a: Record<string, unknown>,
  b: Record<string, unknown>,
  seen: Map<object, object>,
): boolean {
  if (Array.isArray(a) && a.length !== (b as unknown as unknown[]).length) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && sameWithin(a[name], b[name], seen))
}

/** `Date`, `Map`, `Uint8Array`, `Array`, `Object`…, also across realms. A Buffer is a `Uint8Array`. */
function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1)
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
