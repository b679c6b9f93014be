import type { Report } from '@wt/conformance'
import { Command, InvalidArgumentError, Option } from 'commander'
import { conformanceTable } from '../conformance/conformance-report.ts'
import { runTarget, targetNames } from '../conformance/run-targets.ts'
import { hazardsTable } from '../hazards/hazards-report.ts'
import { runHazards, TRIALS } from '../hazards/run-hazards.ts'
import { compare, type Entrant, stepsOf } from '../measure/compare.ts'
import { describeEnvironment } from '../reports/environment.ts'
import {
  type MemoryRow,
  type PeerRow,
  type PeersReport,
  peerRows,
  peersTable,
} from '../reports/peers-report.ts'
import { showProgress } from '../reports/progress.ts'
import {
  MEMORY,
  memoryEntrants,
  type PeerComparison,
  peerComparisons,
  peerTitles,
} from '../workloads/peer-comparisons.ts'
import * as parse from './arguments.ts'
import { installedPeers } from './install-peers.ts'
import { withWorkspace } from './workspace.ts'

interface Options {
  readonly seed: number
  readonly rounds: number
  readonly quick?: true
  readonly json?: true
  readonly only?: string
  readonly large?: boolean
  readonly hazards?: true
  readonly conformance?: true
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
        'only',
      ]),
    )
    .addOption(
      new Option('--conformance', 'run the conformance suite over them, and print a page').conflicts([
        'seed',
        'rounds',
        'quick',
        'hazards',
      ]),
    )
    .option('--seed <number>', 'of the requests', parse.seed, 1)
    .option('--rounds <count>', 'of each contender', parse.positiveInteger, 9)
    .option('--quick', 'shorter rounds, with more noise')
    .option('--only <text>', 'what has this in its title')
    .addOption(
      new Option('--large', 'ours alone, with ten million entries: takes 8 GB').conflicts([
        'hazards',
        'conformance',
      ]),
    )
    .option('--json', 'print JSON and nothing else')
    .action((options: Options) => {
      if (options.conformance) return tryConformance(options)
      return options.hazards ? tryHazards(options) : compareSpeed(options)
    })
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

async function tryConformance({ json, only = '' }: Options): Promise<void> {
  installedPeers()
  const names = targetNames().filter((name) => name.includes(only))
  if (names.length === 0) throw new InvalidArgumentError(`no store is called so: ${targetNames().join(', ')}`)
  const progress = showProgress(names.length)
  const reports: Report[] = []
  try {
    for (const name of names) {
      progress.say(name)
      reports.push(await runTarget(name))
      progress.step()
    }
  } finally {
    progress.stop()
  }
  const when = `By \`bench peers --conformance\`, ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${process.platform}.`
  process.stdout.write(json ? `${JSON.stringify(reports, null, 2)}\n` : conformanceTable(reports, when))
}

async function compareSpeed({ seed, rounds, quick, json, only = '', large = false }: Options): Promise<void> {
  const titles = peerTitles(large)
  if (!titles.some((title) => title.includes(only)))
    throw new InvalidArgumentError(`no title has ${JSON.stringify(only)} in it: ${titles.join('; ')}`)
  const settings = { peersDirectory: large ? '' : installedPeers(), seed, large }
  const comparisons = peerComparisons(settings).filter(({ workload }) => workload.includes(only))
  const weighed = !large && MEMORY.includes(only) ? memoryEntrants(settings) : []
  const roundMs = quick ? 20 : 100
  const report = await withWorkspace(undefined, async (directory): Promise<PeersReport> => {
    const environment = { ...describeEnvironment(directory), rounds, roundMs, seed }
    const { rows, memory } = await measureAll(comparisons, weighed, { rounds, roundMs })
    const isLimit = (row: PeerRow): boolean => row.name === row.limit
    return {
      ...{ environment, limits: rows.filter(isLimit), memory },
      rows: rows.filter((row) => !isLimit(row)),
    }
  })
  const text = json ? JSON.stringify(report, null, 2) : peersTable(report, comparisons, rounds)
  process.stdout.write(`${text}\n`)
}

async function measureAll(
  comparisons: readonly PeerComparison[],
  weighed: readonly Entrant[],
  measure: { rounds: number; roundMs: number },
): Promise<{ rows: PeerRow[]; memory: MemoryRow[] }> {
  const steps = comparisons.map(({ entrants }) => stepsOf(entrants, measure.rounds))
  const progress = showProgress(steps.reduce((sum, each) => sum + each, stepsOf(weighed, 1)))
  const rows: PeerRow[] = []
  try {
    for (const comparison of comparisons) {
      progress.say(comparison.workload)
      rows.push(
        ...peerRows(comparison, await compare(comparison.entrants, { ...measure, onStep: progress.step })),
      )
    }
    progress.say(MEMORY)
    const weights = await compare(weighed, { rounds: 1, roundMs: 1, operations: 1, onStep: progress.step })
    const memory = weights.map(({ name, facts }) => ({ name, bytesPerEntry: facts.bytesPerEntry! }))
    return { rows, memory }
  } finally {
    progress.stop()
  }
}
