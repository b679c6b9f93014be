import type { CaseResult } from '../case.ts'
import type { Report } from '../run.ts'

/** For a README or the comment of a pull request: the sums by topic, then what did not pass, then what was left out. */
export function markdown({ target, capabilities, cases, summary, seed }: Report): string {
  const claims = Object.entries(capabilities).filter(([, value]) => value !== undefined && value !== false)
  const { passed, failed, skipped, errors, timeouts } = summary
  const broken = cases.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip')
  const left = cases.filter(({ verdict }) => verdict === 'skip')
  return [
    `# ${target}`,
    '',
    `${passed} passed, ${failed} failed, ${skipped} skipped, ${errors} errors, ${timeouts} timeouts (seed ${seed}). Claims: ${
      claims.map(([name, value]) => `\`${name}${value === true ? '' : `: ${value}`}\``).join(', ') || 'none'
    }.`,
    '',
    '| topic | passed | not passed | skipped |',
    '|---|---|---|---|',
    ...[...Map.groupBy(cases, ({ topic }) => topic)].map(([topic, results]) => rowOf(topic, results)),
    ...(broken.length > 0 ? ['', '## Not passed', ...broken.flatMap(detailsOf)] : []),
    ...(left.length > 0
      ? ['', '## Skipped', '', ...left.map(({ id, message }) => `- \`${id}\` ${message}`)]
      : []),
    '',
  ].join('\n')
}

function rowOf(topic: string, results: readonly CaseResult[]): string {
  const count = (verdict: string) => results.filter((result) => result.verdict === verdict).length
  const [passed, skipped] = [count('pass'), count('skip')]
  return `| ${topic} | ${passed} | ${results.length - passed - skipped} | ${skipped} |`
}

function detailsOf({ id, title, verdict, message = '' }: CaseResult): string[] {
  // Longer than any fence within.
  const fence = '`'.repeat(Math.max(3, ...[...message.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)))
  return ['', `### \`${id}\`: ${verdict}`, '', title, '', `${fence}text`, message, fence]
}
