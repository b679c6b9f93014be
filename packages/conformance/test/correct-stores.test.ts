import { expect, test } from 'vitest'
import { cases, runConformance } from '../src/index.ts'
import { MemoryStore } from './fixtures/memory-store.ts'
import { correct, file, memory } from './fixtures/targets.ts'

const topics = [...new Set(cases.map(({ topic }) => topic))]

test('correct stores pass every case that their claims call for, and leave none out between them', async () => {
  const passed = new Set<string>()
  for (const target of correct) {
    // The model cases are slow on files, and the same for every kind of value.
    const isVariant = target !== file && target.capabilities.persistent
    const topic = isVariant ? topics.filter((name) => name !== 'model') : topics
    const { cases: results } = await runConformance(target, { topic, jobs: 2 })
    expect(
      results.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip'),
      target.name,
    ).toEqual([])
    for (const { id, verdict } of results) if (verdict === 'pass') passed.add(id)
  }
  expect(cases.map(({ id }) => id).filter((id) => !passed.has(id))).toEqual([])
}, 120_000)

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
    const isLarger = ['enumeration/beyond-a-page', 'contract/holds-many'].includes(subject.id)
    if (!isLarger) expect(most, subject.id).toBeLessThanOrEqual(subject.entries ?? 2)
  }
})

test('ids are unique, begin with their topic, and there are at least eighty', () => {
  const ids = cases.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBeGreaterThanOrEqual(80)
  for (const { id, topic } of cases) expect(id.startsWith(`${topic}/`)).toBe(true)
})
