import { expect, test } from 'vitest'
import type { Report } from '../src/index.ts'
import { FORMATS } from '../src/reports/index.ts'

const report: Report = {
  target: 'a <store> & "more"',
  capabilities: { sync: true, batch: 'atomic', keys: false },
  seed: 7,
  summary: { passed: 1, failed: 1, skipped: 1, errors: 0, timeouts: 1 },
  cases: [
    { id: 'a/passes', topic: 'a', title: 'is #1', verdict: 'pass', durationMs: 1.5 },
    {
      id: 'a/fails',
      topic: 'a',
      title: 'breaks',
      verdict: 'fail',
      durationMs: 2,
      message: 'got <1>\nfor \u0000 ``` \ud800',
    },
    { id: 'b/left', topic: 'b', title: 'is left out', verdict: 'skip', durationMs: 0, message: 'needs keys' },
    { id: 'b/slow', topic: 'b', title: 'is slow', verdict: 'timeout', durationMs: 30, message: 'no answer' },
  ],
}
const shown = (format: string, options = {}) => FORMATS[format]!(report, options)

test('tap has a line a case, in the grammar of version 14', () => {
  expect(
    shown('tap')
      .split('\n')
      .filter((line) => /^(TAP|1\.\.|ok|not ok)/.test(line)),
  ).toEqual([
    'TAP version 14',
    '1..4',
    'ok 1 - a/passes: is \\#1',
    'not ok 2 - a/fails: breaks',
    'ok 3 - b/left: is left out # SKIP needs keys',
    'not ok 4 - b/slow: is slow',
  ])
})

test('junit is well-formed XML whatever a message holds, and counts what is in it', () => {
  const xml = shown('junit')
  expect(xml).toContain('tests="4" failures="1" errors="1" skipped="1"')
  expect(xml).toContain(
    '<failure type="fail" message="got &lt;1&gt;">got &lt;1&gt;\nfor \ufffd ``` \ufffd</failure>',
  )
  expect(xml).toContain('<skipped message="needs keys"/>')
  // Every tag that opens is closed, in order.
  const open: string[] = []
  for (const [, slash, name, self] of xml.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (slash === '/') expect(open.pop()).toBe(name)
    else if (self === '') open.push(name!)
  }
  expect(open).toEqual([])
})

test('markdown has the sums by topic, what did not pass in a fence that holds it, and what was left out', () => {
  const text = shown('markdown')
  expect(text).toContain('| a | 1 | 1 | 0 |')
  expect(text).toContain('| b | 0 | 1 | 1 |')
  expect(text).toContain('Claims: `sync`, `batch: atomic`.')
  expect(text).toContain('````text\ngot <1>')
  expect(text).toContain('- `b/left` needs keys')
})

test('the badge is an SVG that counts what the claims call for, green only when all of it passed', () => {
  const svg = shown('badge')
  expect(svg).toMatch(/^<svg [^>]*aria-label="a &lt;store&gt; &amp; &quot;more&quot;: 1 of 3 /)
  expect(svg).toContain('#c62828')
  const passing = {
    ...report,
    cases: [report.cases[0]!],
    summary: { ...report.summary, passed: 1, skipped: 0 },
  }
  expect(FORMATS.badge!(passing)).toContain('#2e7d32')
})

test('pretty has colours where it is asked for them, and nowhere else', () => {
  expect(shown('pretty')).not.toContain('\u001b')
  expect(shown('pretty', { hasColors: true })).toContain('\u001b[31mfail')
  expect(shown('pretty')).toContain('1 passed, 1 failed, 1 skipped, 0 errors, 1 timeouts (seed 7)')
})
