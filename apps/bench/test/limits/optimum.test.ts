import { expect, test } from 'vitest'
import { optimalHitRatio } from '../../src/limits/optimum.ts'
import { parseTrace } from '../../src/traces/read-trace.ts'
import { seededRandom } from '../../src/workloads/random.ts'

const SEED = 4711

/** Tries every choice of who goes. */
function mostHits(requests: readonly number[], capacity: number, residents: readonly number[] = []): number {
  const [key, ...rest] = requests
  if (key === undefined) return 0
  if (residents.includes(key)) return 1 + mostHits(rest, capacity, residents)
  if (residents.length < capacity) return mostHits(rest, capacity, [...residents, key])
  const choices = residents.map((gone) => [...residents.filter((each) => each !== gone), key])
  return Math.max(...choices.map((after) => mostHits(rest, capacity, after)))
}

test('no choice of who goes hits more often than the optimum, and one hits as often', () => {
  const random = seededRandom(SEED)
  for (let round = 0; round < 60; round++) {
    const requests = Array.from({ length: 14 }, () => Math.floor(random() * 6))
    const trace = parseTrace(requests.join('\n'), 'generated')
    for (const capacity of [1, 2, 3, 7]) {
      const said = `seed ${SEED}, ${requests.join(' ')}, capacity ${capacity}`
      expect(optimalHitRatio(trace, capacity), said).toBe(mostHits(requests, capacity) / requests.length)
    }
  }
})
