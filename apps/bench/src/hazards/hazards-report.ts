import { type Environment, environmentLines } from '../reports/environment.ts'
import { plainTable } from '../reports/format.ts'
import type { Result } from './trials.ts'

/** What `bench peers --hazards --json` prints. */
export interface HazardsReport {
  readonly environment: Environment
  readonly rows: readonly HazardRow[]
}

export interface HazardRow {
  readonly hazard: string
  readonly title: string
  /** One a peer, in the same order in every row. */
  readonly results: readonly Result[]
}

const COLUMNS = 118
const LEGEND = [
  'Each cell is what the library did, in a process of its own, over a store whose answers are held back or fail as the',
  'hazard needs it. HAZARD*: another documented form or call avoids it; n/a: the library has no such feature.',
]

/** The report as a person reads it: the table, then what was seen where it was not safe. */
export function hazardsTable({ environment, rows }: HazardsReport): string {
  const peers = rows[0]!.results
  const columns = peers.map(({ peer, version }) => {
    return { title: `${peer}\n${version}`, width: Math.max(peer.length, version.length, 7) + 2 }
  })
  const sections = rows.map(({ hazard, title, results }) => {
    return { title: `${hazard} ${title}`, rows: [['', ...results.map(word)]] }
  })
  const table = plainTable([{ title: '', width: 4 }, ...columns], sections)
  return [environmentLines(environment), table, LEGEND.join('\n'), seen(rows)].join('\n\n')
}

function word({ verdict, avoidable }: Result): string {
  if (verdict === 'hazard') return avoidable ? 'HAZARD*' : 'HAZARD'
  return verdict === 'not applicable' ? 'n/a' : verdict
}

function seen(rows: readonly HazardRow[]): string {
  const blocks = rows.map(({ hazard, title, results }) => {
    const bad = results.filter(({ verdict }) => verdict === 'hazard' || verdict === 'error')
    return [`${hazard} ${title}`, ...bad.map(({ peer, detail }) => wrapped(`${peer}: ${detail}`))].join('\n')
  })
  return blocks.join('\n\n')
}

/** Indented lines that fit a terminal. */
function wrapped(text: string): string {
  const lines: string[] = []
  let line = ' '
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > COLUMNS) {
      lines.push(line)
      line = '   '
    }
    line += ` ${word}`
  }
  return [...lines, line].join('\n')
}
