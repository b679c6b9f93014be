/**
 * A copy of what is commonly changed in place: plain objects, arrays, `Map`, `Set`, `Date` and bytes, to any depth. Anything
 * else is returned as it is: a copy of an instance might no longer be one, and what a codec refuses it would then take.
 */
export function snapshot<T>(value: T): T {
  return isPrimitive(value) ? value : (copy(value as object, new Map()) as T)
}

function isPrimitive(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}

/** `copies` are those made so far, for what is held twice or holds itself. */
function copy(value: object, copies: Map<object, object>): object {
  const known = copies.get(value)
  if (known !== undefined) return known
  const inner = (part: unknown) => (isPrimitive(part) ? part : copy(part as object, copies))
  const keep = <T extends object>(made: T): T => {
    copies.set(value, made)
    return made
  }
  if (ArrayBuffer.isView(value)) return keep(value instanceof DataView ? value : copyOfView(value))
  switch (Object.getPrototypeOf(value)) {
    case Array.prototype: {
      const made = keep((value as unknown[]).slice())
      // forEach leaves out the holes.
      made.forEach((part, index) => {
        made[index] = inner(part)
      })
      return made
    }
    case Object.prototype:
    case null: {
      // A member may be called __proto__: spread makes it one of the copy too.
      const members: Record<PropertyKey, unknown> = { ...value }
      const made = keep(
        Object.getPrototypeOf(value) === null ? Object.setPrototypeOf(members, null) : members,
      )
      for (const name of Reflect.ownKeys(made)) {
        if (!isPrimitive(made[name])) made[name] = inner(made[name])
      }
      return made
    }
    case Map.prototype: {
      const made = keep(new Map())
      for (const [key, part] of value as Map<unknown, unknown>) made.set(inner(key), inner(part))
      return made
    }
    case Set.prototype: {
      const made = keep(new Set())
      for (const part of value as Set<unknown>) made.add(inner(part))
      return made
    }
    case Date.prototype:
      return keep(new Date(value as Date))
    case ArrayBuffer.prototype:
      return keep((value as ArrayBuffer).slice(0))
    default:
      return value
  }
}

/** `slice` of a Node `Buffer` would share its memory. */
function copyOfView(view: ArrayBufferView): ArrayBufferView {
  const { slice } = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array
  return slice.call(view as Uint8Array)
}
