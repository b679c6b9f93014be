import { basename } from 'node:path'
import { Command } from 'commander'
import { optimalHitRatio } from '../limits/optimum.ts'
import { type PoliciesReport, policiesTable } from '../reports/policies-table.ts'
import { showProgress } from '../reports/progress.ts'
import { hitRatio } from '../traces/hit-ratio.ts'
import { readTrace, type Trace } from '../traces/read-trace.ts'
import { POLICY_NAMES, type PolicyName, policyOf } from '../workloads/policies.ts'
import * as parse from './arguments.ts'

/** A policy, or the best that any could do. */
type Name = PolicyName | typeof OPTIMUM

interface Options {
  readonly trace: string
  readonly capacity: parse.Capacity[]
  readonly policy: Name[]
  readonly json?: true
}

const OPTIMUM = 'opt'
const NAMES: readonly Name[] = [...POLICY_NAMES, OPTIMUM]
const CAPACITIES = '1%,10%,25%'

export function policiesCommand(): Command {
  return new Command('policies')
    .description('compare the hit ratios of the eviction policies, and of the optimum, on a trace')
    .requiredOption('--trace <file>', 'gzip text, one decimal key id a line', parse.typedPath)
    .option(
      '--capacity <list>',
      'in entries or % of the keys',
      parse.capacities,
      parse.capacities(CAPACITIES),
    )
    .option('--policy <names>', `which of ${NAMES.join(', ')}`, parse.listOf(NAMES), [...NAMES])
    .option('--json', 'print JSON and nothing else')
    .action(run)
}

function run(options: Options): void {
  const trace = readTrace(options.trace)
  const progress = showProgress(options.capacity.length * options.policy.length)
  const rows: PoliciesReport['rows'][number][] = []
  try {
    for (const given of options.capacity) {
      const capacity = parse.entriesOf(given, trace.keys.length)
      for (const policy of options.policy) {
        progress.say(`${policy}, ${capacity} entries`)
        rows.push({ capacity, policy, hitRatio: hitRatioUnder(policy, trace, capacity) })
        progress.step()
      }
    }
  } finally {
    progress.stop()
  }
  const counts = { requests: trace.requests.length, uniqueKeys: trace.keys.length }
  const report: PoliciesReport = { trace: basename(options.trace), ...counts, rows }
  process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : policiesTable(report)}\n`)
}

function hitRatioUnder(name: Name, trace: Trace, capacity: number): number {
  return name === OPTIMUM ? optimalHitRatio(trace, capacity) : hitRatio(trace, capacity, policyOf(name))
}
