import { expect, test } from 'vitest'
import { hazardsTable, type HazardRow } from '../../src/hazards/hazards-report.ts'
import type { Result } from '../../src/hazards/trials.ts'
import { describeEnvironment } from '../../src/reports/environment.ts'

const result = (peer: string, verdict: Result['verdict'], avoidable = false): Result => {
  return { peer, version: '1.2.3', verdict, avoidable, detail: `what ${peer} did, `.repeat(20) }
}
const rows: HazardRow[] = [
  {
    hazard: 'H1',
    title: 'something is lost',
    results: [result('good', 'safe'), result('bad', 'hazard'), result('middling', 'hazard', true)],
  },
  {
    hazard: 'H2',
    title: 'something is late',
    results: [result('good', 'safe'), result('bad', 'error'), result('middling', 'not applicable')],
  },
]

test('the table has a column a peer, a row a hazard, and tells what was seen where it was not safe', () => {
  const text = hazardsTable({ environment: describeEnvironment('.'), rows })
  expect(text).toMatch(/good +bad +middling\n +1\.2\.3 +1\.2\.3 +1\.2\.3/)
  expect(text).toMatch(/H1 something is lost\n +safe +HAZARD +HAZARD\*\n/)
  expect(text).toMatch(/H2 something is late\n +safe +error +n\/a\n/)
  expect(text).toContain('bad: what bad did')
  expect(text).not.toContain('what good did')
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
})
