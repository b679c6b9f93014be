import { styleText } from 'node:util'
import type { CaseResult, Verdict } from '../case.ts'
import type { Report } from '../run.ts'
import type { FormatOptions } from './index.ts'

type Color = 'green' | 'red' | 'gray' | 'bold'
type Paint = (color: Color, text: string) => string

const COLORS: Record<Verdict, Color> = {
  pass: 'green',
  skip: 'gray',
  fail: 'red',
  error: 'red',
  timeout: 'red',
}

/** The report for people: a line a case, what went wrong below it, and the sums last. */
export function pretty(report: Report, { hasColors = false }: FormatOptions = {}): string {
  const paint: Paint = (color, text) => (hasColors ? styleText(color, text, { validateStream: false }) : text)
  const lines: string[] = []
  let topic: string | undefined
  for (const result of report.cases) {
    if (result.topic !== topic) lines.push('', paint('bold', result.topic))
    topic = result.topic
    lines.push(...linesOf(result, paint))
  }
  const { passed, failed, skipped, errors, timeouts } = report.summary
  const sums = `${passed} passed, ${failed} failed, ${skipped} skipped, ${errors} errors, ${timeouts} timeouts`
  const color = failed + errors + timeouts > 0 ? 'red' : 'green'
  lines.push('', `${report.target}: ${paint(color, sums)} (seed ${report.seed})`)
  return `${lines.slice(1).join('\n')}\n`
}

function linesOf({ id, title, verdict, durationMs, message }: CaseResult, paint: Paint): string[] {
  const head = `  ${paint(COLORS[verdict], verdict.padEnd(7))} ${id}: ${title}`
  if (verdict === 'pass') return [`${head} ${paint('gray', `(${durationMs.toFixed(1)} ms)`)}`]
  if (verdict === 'skip') return [`${head} ${paint('gray', `(${message})`)}`]
  return [
    head,
    ...String(message)
      .split('\n')
      .map((line) => `          ${line}`),
  ]
}
