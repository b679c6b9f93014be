/**
 * Ends `.ci/run`: names what failed, and prints, as the very last line, how many passed, failed and were skipped. Each test
 * counts as one, and so does each further check. Exits with 1 when anything failed.
 *
 * Arguments: the checks (title, exit code, seconds; tab-separated lines) and vitest's JSON report.
 */
import { existsSync, readFileSync } from 'node:fs'
import { summarize, type VitestReport } from './lib/summary.ts'

const [checksFile, reportFile] = process.argv.slice(2)
if (checksFile === undefined || reportFile === undefined) {
  throw new TypeError('usage: ci-summary.ts CHECKS VITEST-REPORT')
}
const checks = readFileSync(checksFile, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t'))
  .map(([title = '', code, seconds]) => ({ title, code: Number(code), seconds: Number(seconds) }))
const report = existsSync(reportFile)
  ? (JSON.parse(readFileSync(reportFile, 'utf8')) as VitestReport)
  : undefined

const { lines, failed } = summarize(checks, report)
for (const line of lines) console.log(line)
if (failed > 0) process.exitCode = 1
