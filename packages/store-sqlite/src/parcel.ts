/** Some pieces of bytes that belong together, and a number that says what they are. */
export interface Group {
  readonly tag: number
  readonly pieces: readonly Uint8Array[]
}

/**
 * Groups in one block of memory, which crosses between threads by being handed over, and is not copied. It begins with numbers:
 * how many there are, then of each group its tag, how many pieces it has, and their lengths.
 */
export function pack(groups: readonly Group[]): ArrayBuffer {
  let numbers = 1
  let length = 0
  for (const { pieces } of groups) {
    numbers += 2 + pieces.length
    for (const piece of pieces) length += piece.length
  }
  let place = numbers * Float64Array.BYTES_PER_ELEMENT
  // Not Buffer.allocUnsafe, whose memory may be shared with others, who would lose it.
  const { buffer } = Buffer.allocUnsafeSlow(place + length)
  const bytes = new Uint8Array(buffer)
  const head = new Float64Array(buffer, 0, numbers)
  head[0] = numbers
  let next = 1
  for (const { tag, pieces } of groups) {
    head[next++] = tag
    head[next++] = pieces.length
    for (const piece of pieces) {
      head[next++] = piece.length
      bytes.set(piece, place)
      place += piece.length
    }
  }
  return buffer
}

/** The pieces are views of the block. */
export function unpack(block: ArrayBuffer): Group[] {
  const numbers = new Float64Array(block, 0, 1)[0]!
  const head = new Float64Array(block, 0, numbers)
  const groups: Group[] = []
  let place = head.byteLength
  for (let next = 1; next < numbers; ) {
    const tag = head[next++]!
    const pieces: Uint8Array[] = []
    for (let count = head[next++]!; count > 0; count--) {
      const length = head[next++]!
      pieces.push(new Uint8Array(block, place, length))
      place += length
    }
    groups.push({ tag, pieces })
  }
  return groups
}
