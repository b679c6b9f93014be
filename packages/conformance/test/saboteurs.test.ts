import { describe, expect, test } from 'vitest'
import { cases, runConformance } from '../src/index.ts'
import { DEFAULT_TIMEOUT_MS } from '../src/run.ts'
import { saboteurs } from './saboteurs/index.ts'

describe('each saboteur is killed by the case that names its fault', () => {
  for (const { kills, fault, target, timeoutMs = DEFAULT_TIMEOUT_MS } of saboteurs) {
    test(`a store that ${fault} fails ${kills}`, async () => {
      const { cases: results } = await runConformance(target, { case: kills, timeoutMs })
      expect(results.map(({ verdict, message }) => ({ verdict, message }))).toEqual([
        { verdict: 'fail', message: expect.any(String) },
      ])
    })
  }
})

test('every case kills a saboteur', () => {
  const killing = new Set(saboteurs.map(({ kills }) => kills))
  expect(cases.map(({ id }) => id).filter((id) => !killing.has(id))).toEqual([])
})
