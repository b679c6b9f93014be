import { Command } from 'commander'
import { CACHES, type CacheName } from '../coherence/caches.ts'
import { coherenceTable } from '../coherence/coherence-table.ts'
import { type CoherenceRow, measure } from '../coherence/measure.ts'
import { describeEnvironment, environmentLines } from '../reports/environment.ts'
import { showProgress } from '../reports/progress.ts'
import * as parse from './arguments.ts'
import { installedPeers } from './install-peers.ts'
import { withWorkspace } from './workspace.ts'

interface Options {
  readonly processes: number[]
  readonly cache: CacheName[]
  readonly keys: number
  readonly writes: number
  readonly seconds: number
  readonly seed: number
  readonly json?: true
}

export function coherenceCommand(): Command {
  return new Command('coherence')
    .description('caches in several processes over one Redis server, and how soon they hear of each other')
    .option('--processes <counts>', 'how many, one after the other', parse.positiveIntegers, [1, 2, 4, 8])
    .option('--cache <names>', `which of ${CACHES.join(', ')}`, parse.listOf(CACHES), [...CACHES])
    .option('--keys <count>', 'that are asked for, zipf; all fit', parse.positiveInteger, 10_000)
    .option('--writes <percent%>', 'of all operations', parse.share, 0.02)
    .option('--seconds <count>', 'a run', parse.positiveInteger, 3)
    .option('--seed <number>', 'of the requests', parse.seed, 1)
    .option('--json', 'print JSON and nothing else')
    .action(run)
}

async function run({ processes, cache, keys, writes, seconds, seed, json }: Options): Promise<void> {
  parse.needRedisServer('coherence')
  const peersDirectory = cache.some((name) => name === 'bentocache') ? installedPeers() : ''
  const { withRedisServers } = await import('../workloads/redis-server.ts')
  const report = await withWorkspace(undefined, async (directory) => {
    const rows: CoherenceRow[] = []
    await withRedisServers(directory, async (urls) => {
      const port = Number(new URL(urls.none).port)
      const progress = showProgress(processes.length * cache.length)
      try {
        for (const count of processes) {
          for (const name of cache) {
            const options = { name, port, capacity: keys + 1, keys, writeShare: writes, seed, peersDirectory }
            rows.push(await measure({ ...options, processes: count, runMs: seconds * 1000 }))
            progress.step()
          }
        }
      } finally {
        progress.stop()
      }
    })
    return { environment: describeEnvironment(directory), keys, writeShare: writes, seconds, seed, rows }
  })
  const text = `${environmentLines(report.environment)}\n\n${coherenceTable(report)}`
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : text}\n`)
}
