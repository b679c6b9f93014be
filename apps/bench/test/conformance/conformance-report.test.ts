import type { Report } from '@wt/conformance'
import { expect, test } from 'vitest'
import { conformanceTable } from '../../src/conformance/conformance-report.ts'
import { targetNames } from '../../src/conformance/run-targets.ts'

const report: Report = {
  target: 'a store',
  capabilities: {},
  seed: 1,
  summary: { passed: 1, failed: 1, skipped: 1, errors: 0, timeouts: 1 },
  cases: [
    { id: 'keys/case', topic: 'keys', title: 'case counts', verdict: 'pass', durationMs: 1 },
    {
      id: 'keys/dots',
      topic: 'keys',
      title: 'dots count',
      verdict: 'fail',
      durationMs: 1,
      message: 'a | b\nmore',
    },
    { id: 'keys/slow', topic: 'keys', title: 'it answers', verdict: 'timeout', durationMs: 1 },
    { id: 'batch/all', topic: 'batch', title: 'batches', verdict: 'skip', durationMs: 0 },
  ],
}

test('the page counts what was run by topic, and says what each store broke and how', () => {
  const page = conformanceTable([report], 'today')
  expect(page).toContain('|  | a store |\n| --- | --- |\n| keys | **1 of 3** |\n| batch | – |')
  expect(page).toContain('## a store')
  expect(page).toContain('- `keys/dots`: dots count. Seen: a \\| b\n- `keys/slow` (timeout): it answers\n')
  expect(page).not.toContain('`keys/case`')
})

test('ours stands first among the stores', () => {
  expect(targetNames()[0]).toMatch(/^ours-/)
  expect(targetNames()).toContain('flat-cache')
})
