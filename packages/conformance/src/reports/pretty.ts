import type { CaseResult } from '../case.ts'
import type { Report } from '../run.ts'

/** The report for people: a line a case, what went wrong below it, and the sums last. */
export function pretty(report: Report): string {
  const lines: string[] = []
  let topic: string | undefined
  for (const result of report.cases) {
    if (result.topic !== topic) lines.push('', result.topic)
    topic = result.topic
    lines.push(...linesOf(result))
  }
  const { passed, failed, skipped, errors, timeouts } = report.summary
  lines.push(
    '',
    `${report.target}: ${passed} passed, ${failed} failed, ${skipped} skipped, ${errors} errors, ${timeouts} timeouts (seed ${report.seed})`,
  )
  return `${lines.slice(1).join('\n')}\n`
}

function linesOf({ id, title, verdict, durationMs, message }: CaseResult): string[] {
  const head = `  ${verdict.padEnd(7)} ${id}: ${title}`
  if (verdict === 'pass') return [`${head} (${durationMs.toFixed(1)} ms)`]
  if (verdict === 'skip') return [`${head} (${message})`]
  return [
    head,
    ...String(message)
      .split('\n')
      .map((line) => `          ${line}`),
  ]
}
