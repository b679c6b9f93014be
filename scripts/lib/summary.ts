import { stripVTControlCharacters } from 'node:util'

export interface Check {
  readonly title: string
  readonly code: number
  readonly seconds: number
}

/** The part of vitest's JSON report that is counted. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

/** The titles of the checks that run vitest: their tests are counted one by one, in their place. */
export const TEST_CHECKS: readonly string[] = ['tests', 'thorough tests']

/** What to print at the end, the count last, and how many failed. The reports are in the order of `TEST_CHECKS`. */
export function summarize(
  checks: readonly Check[],
  reports: readonly (VitestReport | undefined)[],
): { lines: string[]; failed: number } {
  const others = checks.filter(({ title }) => !TEST_CHECKS.includes(title))
  const failures = others.filter(({ code }) => code !== 0).map(({ title }) => title)
  let passed = others.length - failures.length
  let skipped = 0
  for (const [index, title] of TEST_CHECKS.entries()) {
    const counted = countTests(reports[index])
    const code = checks.find((check) => check.title === title)?.code
    failures.push(...counted.failures)
    // An error outside any test, or no report at all: no test tells of it.
    if (code !== 0 && counted.failures.length === 0) failures.push(`${title}: vitest itself failed`)
    if (code === 0 && counted.passed === 0) failures.push(`${title}: none was counted`)
    passed += counted.passed
    skipped += counted.skipped
  }
  return {
    failed: failures.length,
    lines: [
      ...checks.map(
        ({ title, code, seconds }) => `${code === 0 ? 'ok    ' : 'FAILED'} ${title} (${seconds} s)`,
      ),
      ...failures.map((failure) => `failed: ${failure}`),
      `${passed} passed, ${failures.length} failed, ${skipped} skipped`,
    ],
  }
}

/** So many lines of a failure are told again at the end, for whoever sees nothing but that. */
const LINES_OF_CAUSE = 8

function causes([first = '']: readonly string[] = []): string[] {
  const lines = stripVTControlCharacters(first)
    .split('\n')
    .filter((line) => line.trim() !== '')
  return lines.slice(0, LINES_OF_CAUSE).map((line) => `        ${line}`)
}

function countTests(report: VitestReport | undefined): {
  passed: number
  skipped: number
  failures: string[]
} {
  const failures: string[] = []
  let passed = 0
  let skipped = 0
  for (const file of report?.testResults ?? []) {
    let failedHere = 0
    for (const { fullName, status, failureMessages } of file.assertionResults) {
      if (status === 'passed') passed++
      else if (status === 'failed')
        failedHere = failures.push([fullName, ...causes(failureMessages)].join('\n'))
      else skipped++
    }
    // A file that could not be loaded has no tests to fail, nor has one whose process crashed, of which nothing is said here.
    if (file.status === 'failed' && failedHere === 0) {
      failures.push(
        `${file.name}: ${file.message || 'its process ended before its tests did; vitest says above how'}`,
      )
    }
  }
  return { passed, skipped, failures }
}
