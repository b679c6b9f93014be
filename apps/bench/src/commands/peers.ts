import { Command, Option } from 'commander'
import { hazardsTable } from '../hazards/hazards-report.ts'
import { runHazards, TRIALS } from '../hazards/run-hazards.ts'
import { compare, stepsOf } from '../measure/compare.ts'
import { describeEnvironment } from '../reports/environment.ts'
import { type PeerRow, type PeersReport, peerRows, peersTable } from '../reports/peers-report.ts'
import { showProgress } from '../reports/progress.ts'
import { peerComparisons } from '../workloads/peer-comparisons.ts'
import * as parse from './arguments.ts'
import { installedPeers } from './install-peers.ts'
import { withWorkspace } from './workspace.ts'

interface Options {
  readonly seed: number
  readonly rounds: number
  readonly quick?: true
  readonly json?: true
  readonly hazards?: true
}

export function peersCommand(): Command {
  return new Command('peers')
    .description(
      'compare our cache with others: their speed in memory or, with --hazards, what they do to data',
    )
    .addOption(
      new Option('--hazards', 'try what goes wrong in caches on each of them').conflicts([
        'seed',
        'rounds',
        'quick',
      ]),
    )
    .option('--seed <number>', 'of the requests', parse.seed, 1)
    .option('--rounds <count>', 'of each contender', parse.positiveInteger, 9)
    .option('--quick', 'shorter rounds, with more noise')
    .option('--json', 'print JSON and nothing else')
    .action((options: Options) => (options.hazards ? tryHazards(options) : compareSpeed(options)))
}

async function tryHazards({ json }: Options): Promise<void> {
  const peersDirectory = installedPeers()
  const report = await withWorkspace(undefined, async (directory) => {
    const progress = showProgress(TRIALS)
    try {
      return {
        environment: describeEnvironment(directory),
        rows: await runHazards(peersDirectory, progress),
      }
    } finally {
      progress.stop()
    }
  })
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : hazardsTable(report)}\n`)
}

async function compareSpeed({ seed, rounds, quick, json }: Options): Promise<void> {
  const peersDirectory = installedPeers()
  const roundMs = quick ? 20 : 100
  const report = await withWorkspace(undefined, async (directory) => {
    const environment = { ...describeEnvironment(directory), rounds, roundMs, seed }
    const rows = await measureAll({ peersDirectory, seed }, { rounds, roundMs })
    const isLimit = (row: PeerRow): boolean => row.name === row.limit
    return { environment, limits: rows.filter(isLimit), rows: rows.filter((row) => !isLimit(row)) }
  })
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : peersTable(report, rounds)}\n`)
}

async function measureAll(
  settings: Parameters<typeof peerComparisons>[0],
  measure: { rounds: number; roundMs: number },
): Promise<PeersReport['rows']> {
  const comparisons = peerComparisons(settings)
  const steps = comparisons.map(({ entrants }) => stepsOf(entrants, measure.rounds))
  const progress = showProgress(steps.reduce((sum, each) => sum + each, 0))
  const rows: PeerRow[] = []
  try {
    for (const comparison of comparisons) {
      progress.say(comparison.workload)
      rows.push(
        ...peerRows(comparison, await compare(comparison.entrants, { ...measure, onStep: progress.step })),
      )
    }
  } finally {
    progress.stop()
  }
  return rows
}
