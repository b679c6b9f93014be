/**
 * Ends `.ci/run`: names what failed, and prints, as the very last line, how many passed, failed and were skipped. Each test
 * counts as one, and so does each further check. Exits with 1 when anything failed.
 *
 * Arguments: the checks (title, exit code, seconds; tab-separated lines) and vitest's JSON reports: of `tests`, of `thorough tests`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { summarize, TEST_CHECKS, type VitestReport } from './lib/summary.ts'

const [checksFile, ...reportFiles] = process.argv.slice(2)
if (checksFile === undefined || reportFiles.length !== TEST_CHECKS.length) {
  throw new TypeError(`usage: ci-summary.ts CHECKS and the vitest reports of: ${TEST_CHECKS.join(', ')}`)
}
const checks = readFileSync(checksFile, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t'))
  .map(([title = '', code, seconds]) => ({ title, code: Number(code), seconds: Number(seconds) }))
const reports = reportFiles.map((file) =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as VitestReport) : undefined,
)

const { lines, failed } = summarize(checks, reports)
for (const line of lines) console.log(line)
if (failed > 0) process.exitCode = 1
