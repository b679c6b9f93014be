type SlotArray = Uint8Array | Int32Array | Uint32Array | Float64Array

/** The array itself when it has a place for `slot`, else a copy at least twice as long. Amortised O(1). */
export function roomFor<A extends SlotArray>(array: A, slot: number): A {
  if (slot < array.length) return array
  const Larger = array.constructor as new (length: number) => A
  const larger = new Larger(Math.max(slot + 1, array.length * 2))
  larger.set(array)
  return larger
}
