import type { CaseResult } from '../case.ts'
import type { Report } from '../run.ts'

/** JUnit's XML, a test suite for each topic, as CI servers read it. */
export function junit({ target, cases, summary, seed }: Report): string {
  const topics = Map.groupBy(cases, ({ topic }) => topic)
  const { failed, skipped, errors, timeouts } = summary
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escaped(target)}" tests="${cases.length}" failures="${failed}" errors="${errors + timeouts}" skipped="${skipped}">`,
    ...[...topics].flatMap(([topic, results]) => suite(topic, results, seed)),
    '</testsuites>',
    '',
  ].join('\n')
}

function suite(topic: string, results: readonly CaseResult[], seed: number): string[] {
  const count = (...verdicts: string[]) => results.filter(({ verdict }) => verdicts.includes(verdict)).length
  const time = seconds(results.reduce((sum, { durationMs }) => sum + durationMs, 0))
  return [
    `  <testsuite name="${topic}" tests="${results.length}" failures="${count('fail')}" errors="${count('error', 'timeout')}" skipped="${count('skip')}" time="${time}">`,
    `    <properties><property name="seed" value="${seed}"/></properties>`,
    ...results.flatMap(testcase),
    '  </testsuite>',
  ]
}

function testcase({ id, topic, title, verdict, durationMs, message = '' }: CaseResult): string[] {
  const head = `    <testcase classname="${topic}" name="${escaped(`${id}: ${title}`)}" time="${seconds(durationMs)}"`
  if (verdict === 'pass') return [`${head}/>`]
  if (verdict === 'skip')
    return [`${head}>`, `      <skipped message="${escaped(message)}"/>`, '    </testcase>']
  const element = verdict === 'fail' ? 'failure' : 'error'
  const [first = ''] = message.split('\n')
  return [
    `${head}>`,
    `      <${element} type="${verdict}" message="${escaped(first)}">${escaped(message)}</${element}>`,
    '    </testcase>',
  ]
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3)
}

/** XML 1.0 has no way to write most control characters and no lone surrogates: they become U+FFFD. */
function escaped(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be in it.
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  )
}
