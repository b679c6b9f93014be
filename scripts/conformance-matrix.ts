/**
 * Runs every saboteur of @wt/conformance against all cases of its topic and writes docs/conformance-saboteurs.md: which cases
 * fail for it. `--topic T`, which may be repeated, runs those of the topic anew and leaves the rows of the others as they are.
 * With `--check` it runs nothing and fails when the page does not name exactly the saboteurs that there are.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cases, runConformance } from '../packages/conformance/src/index.ts'
import { DEFAULT_TIMEOUT_MS } from '../packages/conformance/src/run.ts'
import type { Saboteur } from '../packages/conformance/test/saboteurs/sabotage.ts'
import { saboteurs } from '../packages/conformance/test/saboteurs/index.ts'
import { root } from './lib/workspace.ts'

const PAGE = join(root, 'docs', 'conformance-saboteurs.md')
const SEED = 1

/** Why two cases stay that fail for the same saboteurs. */
const REASONS: Readonly<Record<string, string>> = {
  'enumeration/empty':
    'the one needs no store call at all to show its fault, which makes its history the smallest there can be',
  'faults/power-cut':
    'the first is what ext4 does, the second what POSIX allows: who fails the second alone knows how far to trust the store',
}

// Some break their promises out of the reach of any case, by rejections that nobody handles.
process.on('unhandledRejection', () => {})

const { values } = parseArgs({
  options: { check: { type: 'boolean' }, topic: { type: 'string', multiple: true } },
})
if (values.check) check()
else await write(values.topic)

async function write(topics?: readonly string[]): Promise<void> {
  const before = topics === undefined ? [] : readFileSync(PAGE, 'utf8').split('\n')
  const rows: string[] = []
  const killed = new Map<string, Set<string>>()
  for (const saboteur of saboteurs) {
    const topic = saboteur.kills.split('/')[0]!
    const kept = topics?.includes(topic) ? undefined : before.find((row) => row.startsWith(headOf(saboteur)))
    const row = kept ?? (await rowOf(saboteur))
    rows.push(row)
    if (kept === undefined) console.log(row)
    const others = row.slice(headOf(saboteur).length).matchAll(/`([\w-]+)`/g)
    for (const id of [saboteur.kills, ...Array.from(others, ([, name]) => `${topic}/${name}`)])
      killed.set(id, (killed.get(id) ?? new Set()).add(saboteur.fault))
  }
  const page = [
    '# The saboteurs',
    '',
    'Stores and caches that are broken on purpose, one fault each, and the cases that fail for them: the one that names the fault,',
    'and the others of its topic. Written by `node --conditions=@wt/source scripts/conformance-matrix.ts`; that each is killed by the',
    'case that names its fault, and that each case has a saboteur, `packages/conformance/test/saboteurs.test.ts` checks at every run.',
    'Which other cases of `crash` fail, with processes killed at random moments, differs from run to run.',
    '',
    `${saboteurs.length} saboteurs, ${cases.length} cases; seed ${SEED}, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${process.platform}.`,
    '',
    '| a store or cache that | fails | and of the same topic |',
    '|---|---|---|',
    ...rows,
    '',
    '## Cases of a topic that fail for the same saboteurs',
    '',
    ...twins(killed),
    '',
  ].join('\n')
  writeFileSync(PAGE, page)
}

function check(): void {
  const page = readFileSync(PAGE, 'utf8')
  const missing = saboteurs.filter((saboteur) => !page.includes(headOf(saboteur)))
  const rows = page.split('\n').filter((line) => /^\| .* \| `[\w-]+\/[\w-]+` \|/.test(line)).length
  if (missing.length === 0 && rows === saboteurs.length) return
  console.error(
    'docs/conformance-saboteurs.md is stale: node --conditions=@wt/source scripts/conformance-matrix.ts writes it',
  )
  for (const { fault } of missing) console.error(`  it lacks: ${fault}`)
  process.exitCode = 1
}

async function rowOf(saboteur: Saboteur): Promise<string> {
  const failed = await failedBy(saboteur)
  if (!failed.includes(saboteur.kills)) throw new Error(`${saboteur.fault} passes ${saboteur.kills}`)
  const others = failed.filter((id) => id !== saboteur.kills)
  return `${headOf(saboteur)} ${others.map((id) => `\`${id.split('/')[1]}\``).join(' ')} |`
}

function headOf({ fault, kills }: Saboteur): string {
  return `| ${fault.replaceAll('|', '\\|')} | \`${kills}\` |`
}

async function failedBy({ target, kills, timeoutMs = DEFAULT_TIMEOUT_MS }: Saboteur): Promise<string[]> {
  const report = await runConformance(target, { topic: kills.split('/')[0]!, seed: SEED, timeoutMs })
  return report.cases.filter(({ verdict }) => verdict === 'fail' || verdict === 'timeout').map(({ id }) => id)
}

/** Two such cases may be one: either they are merged, or it is said why both stay. */
function twins(killed: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const bySet = Map.groupBy([...killed.keys()], (id) =>
    [id.split('/')[0], ...[...killed.get(id)!].sort()].join('\n'),
  )
  const same = [...bySet.values()].filter((ids) => ids.length > 1)
  if (same.length === 0)
    return ['None: of any two cases one fails for a saboteur for which the other passes.']
  return same.map(
    (ids) =>
      `- ${ids.map((id) => `\`${id}\``).join(', ')}: ${REASONS[ids[0]!] ?? 'one of them is too many'}.`,
  )
}
