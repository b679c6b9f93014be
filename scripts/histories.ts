/**
 * Runs many random histories of the asynchronous cache, each checked for linearizability, and for a table that at rest holds
 * what the store holds: `pnpm histories --count 1000000 --seed 1 --jobs 2`. Of a failure it prints the smallest history.
 */
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { runHistory } from '../packages/core/test/histories/simulation.ts'
import { smallestFailure } from '../packages/core/test/histories/smallest.ts'

interface Share {
  readonly first: number
  readonly step: number
  readonly end: number
}

/** What a worker tells: how many more it has run, or what went wrong. */
type News = { readonly ran: number } | { readonly failure: string }

if (isMainThread) await main()
else await runShare(workerData as Share)

async function main(): Promise<void> {
  const { count, seed, jobs } = options()
  const began = Date.now()
  let ran = 0
  const failures: string[] = []
  const workers = Array.from({ length: jobs }, (_, index) => {
    const share: Share = { first: seed + index, step: jobs, end: seed + count }
    const worker = new Worker(new URL(import.meta.url), { workerData: share })
    return new Promise<void>((resolve, reject) => {
      worker.on('message', (news: News) => {
        if ('failure' in news) failures.push(news.failure)
        else ran += news.ran
      })
      worker.on('error', reject)
      worker.on('exit', () => resolve())
    })
  })
  const progress = setInterval(() => {
    const seconds = (Date.now() - began) / 1000
    const left = (seconds / ran) * (count - ran)
    console.log(`${ran} of ${count} after ${Math.round(seconds)} s, about ${Math.round(left)} s to go`)
  }, 30_000)
  await Promise.all(workers)
  clearInterval(progress)
  const [smallest] = failures.sort((a, b) => a.length - b.length)
  if (smallest !== undefined) console.error(smallest)
  const seconds = Math.round((Date.now() - began) / 1000)
  console.log(
    `${ran} histories from seed ${seed} in ${seconds} s: ${failures.length} jobs ended by a failure`,
  )
  if (failures.length > 0 || ran !== count) process.exitCode = 1
}

function options(): { count: number; seed: number; jobs: number } {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
    },
  })
  return { count: integer('count'), seed: integer('seed'), jobs: integer('jobs') }

  function integer(name: keyof typeof values): number {
    const value = Number(values[name])
    if (Number.isSafeInteger(value) && value > 0) return value
    throw new RangeError(`--${name}: a positive integer, not ${values[name]}`)
  }
}

/** Ends at its first failure. */
async function runShare({ first, step, end }: Share): Promise<void> {
  // Most of the errors in a history are the ones it is meant to have, and nobody reads where they were made.
  Error.stackTraceLimit = 0
  const tell = (news: News) => parentPort!.postMessage(news)
  let ran = 0
  for (let seed = first; seed < end; seed += step) {
    try {
      await runHistory(seed)
    } catch (error) {
      tell({ failure: (await smallestFailure(seed, error as Error)).message })
      break
    }
    if (++ran === 100) {
      tell({ ran })
      ran = 0
    }
  }
  tell({ ran })
}
