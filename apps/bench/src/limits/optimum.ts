import type { Trace } from '../traces/read-trace.ts'

/**
 * The share of hits that no policy can exceed at this capacity: whoever is needed again last goes, which takes knowing the
 * future. Belady: A study of replacement algorithms for a virtual-storage computer, IBM Systems Journal 1966.
 * O(requests × log capacity).
 */
export function optimalHitRatio({ keys, requests }: Trace, capacity: number): number {
  const nextRequests = nextRequestsOf(requests, keys.length)
  const isResident = new Uint8Array(keys.length)
  const needs = new LatestFirst(requests.length)
  let size = 0
  let hits = 0
  for (const [place, key] of requests.entries()) {
    if (isResident[key] === 1) {
      hits++
    } else {
      isResident[key] = 1
      // What it held of needs in the past is never the latest: a resident is needed later than now.
      if (size === capacity) isResident[keyNeededAt(needs.takeLatest(), requests)] = 0
      else size++
    }
    needs.add(nextRequests[place]!)
  }
  return hits / requests.length
}

/** When each request's key is requested again; never is, for each, a time of its own after the end. */
function nextRequestsOf(requests: Uint32Array, keys: number): Uint32Array {
  const next = new Uint32Array(requests.length)
  const seen = new Int32Array(keys).fill(-1)
  for (let place = requests.length - 1; place >= 0; place--) {
    const key = requests[place]!
    next[place] = seen[key] === -1 ? requests.length + place : seen[key]!
    seen[key] = place
  }
  return next
}

function keyNeededAt(time: number, requests: Uint32Array): number {
  return requests[time % requests.length]!
}

/** A binary heap of times, the latest on top. */
class LatestFirst {
  readonly #times: Uint32Array
  #size = 0

  constructor(most: number) {
    this.#times = new Uint32Array(most)
  }

  add(time: number): void {
    let place = this.#size++
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (this.#times[parent]! >= time) break
      this.#times[place] = this.#times[parent]!
      place = parent
    }
    this.#times[place] = time
  }

  takeLatest(): number {
    const latest = this.#times[0]!
    const time = this.#times[--this.#size]!
    let place = 0
    for (let child = 1; child < this.#size; child = 2 * place + 1) {
      if (child + 1 < this.#size && this.#times[child + 1]! > this.#times[child]!) child++
      if (this.#times[child]! <= time) break
      this.#times[place] = this.#times[child]!
      place = child
    }
    this.#times[place] = time
    return latest
  }
}
