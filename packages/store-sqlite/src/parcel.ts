/** Pieces of bytes that cross between threads in one block of memory, which is handed over and not copied. */
export interface Parcel {
  readonly lengths: readonly number[]
  readonly bytes: Uint8Array<ArrayBuffer>
}

export function pack(pieces: readonly Uint8Array[]): Parcel {
  const lengths = pieces.map(({ length }) => length)
  // Not Buffer.allocUnsafe, whose memory may be shared with others, who would lose it.
  const bytes = Buffer.allocUnsafeSlow(lengths.reduce((sum, length) => sum + length, 0))
  let place = 0
  for (const piece of pieces) {
    bytes.set(piece, place)
    place += piece.length
  }
  return { lengths, bytes }
}

/** Views of the parcel's memory, as many to a group as `counts` says. */
export function unpack({ lengths, bytes }: Parcel, counts: readonly number[]): Uint8Array[][] {
  let piece = 0
  let place = 0
  return counts.map((count) => {
    const group: Uint8Array[] = []
    for (const last = piece + count; piece < last; piece++) {
      const start = place
      place += lengths[piece]!
      group.push(bytes.subarray(start, place))
    }
    return group
  })
}
