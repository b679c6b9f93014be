import type { Report } from '@wt/conformance'

/** The table of topics by store, then what each store failed, as Markdown. */
export function conformanceTable(reports: readonly Report[], when: string): string {
  const topics = [...new Set(reports.flatMap(({ cases }) => cases.map(({ topic }) => topic)))]
  const lines = [
    `# What other stores keep\n\n${when}`,
    [
      row(['', ...reports.map(({ target }) => target)]),
      row(['---', ...reports.map(() => '---')]),
      ...topics.map((topic) => row([topic, ...reports.map((report) => cell(report, topic))])),
    ].join('\n'),
    LEGEND,
    ...reports.filter(({ cases }) => cases.some(isBroken)).map(brokenBy),
  ]
  return `${lines.join('\n\n')}\n`
}

const LEGEND = `Cases passed of those that were run; a dash where nothing that the store claims was tried. Each store was run through its own
calls, by the shortest adapter that can be written, and claims no more than that a value is there again: in another process
where it keeps files, after a kill where it says that it has written them. Where a library tells of damage by a code of its own, as
cacache does, the adapter says \`CORRUPT\`; no other error is translated. keyv over SQLite is \`@keyv/sqlite\` 6.0.0-beta.4 on
\`node:sqlite\` under keyv 6.1.0, for the released 4.0.8 needs \`sqlite3\`, which has to be compiled or downloaded from elsewhere; the
other two keyvs are 5.6.0. That a library fails a case does not make it a bad cache. It was made for values that can be lost; a
backing store holds the only copy.`

type CaseResult = Report['cases'][number]

function cell({ cases }: Report, topic: string): string {
  const run = cases.filter((result) => result.topic === topic && result.verdict !== 'skip')
  if (run.length === 0) return '–'
  const passed = run.filter((result) => !isBroken(result)).length
  return passed === run.length ? `${passed} of ${run.length}` : `**${passed} of ${run.length}**`
}

function isBroken({ verdict }: CaseResult): boolean {
  return verdict !== 'pass' && verdict !== 'skip'
}

function brokenBy({ target, cases }: Report): string {
  const broken = cases.filter(isBroken).map(({ id, title, verdict, message = '' }) => {
    const word = verdict === 'fail' ? '' : ` (${verdict})`
    return `- \`${id}\`${word}: ${title}${seen(message)}`
  })
  return [`## ${target}`, broken.join('\n')].join('\n\n')
}

/** The first line of what was seen, if it is short enough to help. */
function seen(message: string): string {
  const [first = ''] = message.split('\n')
  return first.length === 0 || first.length > 300 ? '' : `. Seen: ${first.replaceAll('|', '\\|')}`
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}
