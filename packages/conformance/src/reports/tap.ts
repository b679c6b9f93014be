import type { CaseResult } from '../case.ts'
import type { Report } from '../run.ts'

/** The Test Anything Protocol, version 14. */
export function tap({ cases, target, seed }: Report): string {
  const lines = ['TAP version 14', `# ${target}, seed ${seed}`, `1..${cases.length}`]
  for (const [index, result] of cases.entries()) lines.push(...linesOf(result, index + 1))
  return `${lines.join('\n')}\n`
}

function linesOf({ id, title, verdict, message, durationMs }: CaseResult, number: number): string[] {
  // A hash begins a directive.
  const name = `${number} - ${id}: ${title.replaceAll('#', '\\#')}`
  if (verdict === 'pass') return [`ok ${name}`]
  if (verdict === 'skip') return [`ok ${name} # SKIP ${message}`]
  const block = String(message)
    .split('\n')
    .map((line) => `    ${line}`)
  return [
    `not ok ${name}`,
    '  ---',
    `  verdict: ${verdict}`,
    `  duration_ms: ${durationMs}`,
    '  message: |',
    ...block,
    '  ...',
  ]
}
