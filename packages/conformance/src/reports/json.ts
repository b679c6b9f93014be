import type { Report } from '../run.ts'

/** The report as it is, for programs. */
export function json(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`
}
