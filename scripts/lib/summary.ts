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
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

/** The title of the check that runs vitest: its tests are counted one by one, in its place. */
const TESTS = 'tests'

/** What to print at the end, the count last, and how many failed. */
export function summarize(
  checks: readonly Check[],
  report: VitestReport | undefined,
): { lines: string[]; failed: number } {
  const tests = checks.find(({ title }) => title === TESTS)
  const others = checks.filter((check) => check !== tests)
  const counted = countTests(report)
  const failures = [...others.filter(({ code }) => code !== 0).map(({ title }) => title), ...counted.failures]
  // An error outside any test, or no report at all: no test tells of it.
  if (tests?.code !== 0 && counted.failures.length === 0) failures.push('tests: vitest itself failed')
  if (tests?.code === 0 && counted.passed === 0) failures.push('tests: none was counted')

  const passed = others.filter(({ code }) => code === 0).length + counted.passed
  return {
    failed: failures.length,
    lines: [
      ...checks.map(
        ({ title, code, seconds }) => `${code === 0 ? 'ok    ' : 'FAILED'} ${title} (${seconds} s)`,
      ),
      ...failures.map((failure) => `failed: ${failure}`),
      `${passed} passed, ${failures.length} failed, ${counted.skipped} skipped`,
    ],
  }
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
    for (const { fullName, status } of file.assertionResults) {
      if (status === 'passed') passed++
      else if (status === 'failed') failedHere = failures.push(fullName)
      else skipped++
    }
    // A file that could not be loaded has no tests to fail.
    if (file.status === 'failed' && failedHere === 0) failures.push(`${file.name}: ${file.message ?? ''}`)
  }
  return { passed, skipped, failures }
}
