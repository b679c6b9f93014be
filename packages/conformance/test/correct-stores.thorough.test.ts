import { describe, expect, test } from 'vitest'
import { cases, runConformance } from '../src/index.ts'
import { MemoryStore } from './fixtures/memory-store.ts'
import { correct, memory, simulated } from './fixtures/targets.ts'

const topics = [...new Set(cases.map(({ topic }) => topic))]

describe('correct stores pass every case that their claims call for', () => {
  const passed = new Set<string>()
  test.each(correct)('$name', { timeout: 120_000 }, async (target) => {
    // Faults are for a store that knows simulated file systems; another kind of value makes no difference to the rest.
    const isVariant = target.name.startsWith('file fixture of')
    const ofValues = ['values', 'errors', 'isolation', 'corruption']
    const usual = isVariant ? ofValues : topics.filter((name) => name !== 'faults')
    const topic = target === simulated ? ['faults'] : usual
    const { cases: results } = await runConformance(target, { topic, jobs: 2 })
    expect(results.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip')).toEqual([])
    for (const { id, verdict } of results) if (verdict === 'pass') passed.add(id)
  })

  test('and leave no case out between them', () => {
    expect(cases.map(({ id }) => id).filter((id) => !passed.has(id))).toEqual([])
  })
})

test('no case holds more entries than it says', async () => {
  for (const subject of cases) {
    let most = 0
    class Counted extends MemoryStore {
      override put(entries: Iterable<readonly [string, unknown]>): void {
        super.put(entries)
        most = Math.max(most, this.entries.size)
      }
    }
    await runConformance({ ...memory, open: () => new Counted() }, { case: subject.id })
    // More, where maxEntries is not claimed.
    const isLarger = [
      'enumeration/beyond-a-page',
      'enumeration/removed-as-listed',
      'contract/holds-many',
    ].includes(subject.id)
    if (!isLarger) expect(most, subject.id).toBeLessThanOrEqual(subject.entries ?? 2)
  }
}, 120_000)

test('ids are unique, begin with their topic, and there are at least a hundred and forty', () => {
  const ids = cases.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBeGreaterThanOrEqual(140)
  for (const { id, topic } of cases) expect(id.startsWith(`${topic}/`)).toBe(true)
})

test('every case says why it matters', () => {
  expect(cases.filter(({ why }) => why === undefined).map(({ id }) => id)).toEqual([])
})
