import { expect, test } from 'vitest'
import { type Check, summarize, type VitestReport } from '../lib/summary.ts'

const passing: Check[] = [
  { title: 'tests', code: 0, seconds: 3 },
  { title: 'lint', code: 0, seconds: 1 },
  { title: 'thorough tests', code: 0, seconds: 9 },
]

function report(...statuses: string[]): VitestReport {
  const assertionResults = statuses.map((status, index) => ({ fullName: `test ${index}`, status }))
  const status = statuses.includes('failed') ? 'failed' : 'passed'
  return { testResults: [{ name: 'a.test.ts', status, assertionResults }] }
}

test('each test counts as one and so does each further check, in the last line', () => {
  const { lines, failed } = summarize(passing, [
    report('passed', 'passed', 'skipped', 'pending', 'todo'),
    report('passed', 'skipped'),
  ])
  expect(lines.at(-1)).toBe('4 passed, 0 failed, 4 skipped')
  expect(failed).toBe(0)
})

test('a failed test and a failed check are named and counted', () => {
  const checks = [{ ...passing[0]!, code: 1 }, { ...passing[1]!, code: 2 }, passing[2]!]
  const { lines } = summarize(checks, [report('passed', 'failed'), report('passed')])
  expect(lines).toContain('failed: lint')
  expect(lines).toContain('failed: test 1')
  expect(lines.at(-1)).toBe('2 passed, 2 failed, 0 skipped')
})

test('a failed test is told with the first lines of its failure', () => {
  const long = Array.from({ length: 30 }, (_, n) => `\u001b[31mline ${n}\u001b[39m`).join('\n')
  const failed = { fullName: 'it works', status: 'failed', failureMessages: [long, 'another'] }
  const vitest = { testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults: [failed] }] }
  const { lines } = summarize([{ ...passing[0]!, code: 1 }, passing[2]!], [vitest, report('passed')])
  const told = lines.find((line) => line.startsWith('failed: it works'))!.split('\n')
  expect(told).toHaveLength(9)
  expect(told[1]!.trim()).toBe('line 0')
  expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped')
})

test.each([
  ['that cannot be loaded', 'no such module', 'no such module'],
  ['whose process crashed', '', 'its process ended before its tests did'],
])('a test file %s is a failure, with its reason', (_what, message, reason) => {
  const broken = { testResults: [{ name: 'a.test.ts', status: 'failed', message, assertionResults: [] }] }
  const checks = [{ ...passing[0]!, code: 1 }, passing[2]!]
  const { lines } = summarize(checks, [broken, report('passed')])
  expect(lines.join('\n')).toContain(`failed: a.test.ts: ${reason}`)
  expect(lines.at(-1)).toBe('1 passed, 1 failed, 0 skipped')
})

test.each([
  ['that failed without a failed test', [{ ...passing[0]!, code: 1 }], report('passed')],
  ['that left no report', [{ ...passing[0]!, code: 1 }], undefined],
  ['that ran no test', [passing[0]!], report()],
  ['that was never started', [], report('passed')],
])('a test run %s is a failure', (_what, checks, vitest) => {
  expect(summarize([...checks, passing[2]!], [vitest, report('passed')]).failed).toBe(1)
})

test('so is a run of the thorough ones', () => {
  expect(summarize([passing[0]!], [report('passed'), undefined]).failed).toBe(1)
  expect(summarize([passing[0]!, { ...passing[2]!, code: 1 }], [report('passed'), undefined]).failed).toBe(1)
})
