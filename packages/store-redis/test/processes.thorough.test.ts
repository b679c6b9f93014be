import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { connectAdmin, describeOnRedis, openStore, otherClients, startServer } from './fixtures.ts'
import type { RedisServer } from './servers/redis-server.ts'
import type { WorkerReport } from './servers/worker.ts'

const PROCESSES = 8
const DURATION_MS = 3000
/** Two heartbeats of 200 ms and a timeout of 1000 ms. */
const STALE_MS = 1400
/** Eight processes on two cores: a timer may be that late, and a process stand still so long. */
const SLACK_MS = 2000

interface Worker {
  line(): Promise<string>
  tell(line: string): void
}

function startWorker(url: string, number: number): Worker {
  const file = fileURLToPath(new URL('./servers/worker.ts', import.meta.url))
  const parameters = [url, number, PROCESSES, DURATION_MS].map(String)
  const child = spawn(process.execPath, ['--conditions=@wt/source', '--no-warnings', file, ...parameters], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  return {
    line: async () => (await lines.next()).value as string,
    tell: (line) => void child.stdin.write(`${line}\n`),
  }
}

/** Runs the processes with what `disturb` does meanwhile, and checks all that was promised. */
async function check(
  server: RedisServer,
  disturb: (isOver: () => boolean) => Promise<void>,
): Promise<WorkerReport[]> {
  const workers = Array.from({ length: PROCESSES }, (_, number) => startWorker(server.url, number))
  let isOver = false
  const disturbed = disturb(() => isOver)
  const reports = (await Promise.all(workers.map((worker) => worker.line()))).map(
    (line) => JSON.parse(line) as WorkerReport,
  )
  isOver = true
  await disturbed
  for (const [reader, { backwards, lastReadAt }] of reports.entries()) {
    expect(backwards).toEqual([])
    for (const [key, readAt] of lastReadAt.entries()) {
      const { acknowledgedAt } = reports[key]!
      for (const [value, began] of readAt.entries()) {
        const replacedAt = acknowledgedAt[value + 1]
        if (began === null || replacedAt === undefined) continue
        const where = `process ${reader} read ${value} of key ${key}, ${began - replacedAt} ms after it was replaced`
        expect(began - replacedAt, where).toBeLessThan(STALE_MS + SLACK_MS)
      }
    }
  }
  // No acknowledged write is lost, and every table comes to hold what the store does.
  const store = openStore<number>(server.url)
  const last: number[] = []
  for (const [key, { acknowledgedAt }] of reports.entries()) {
    last.push((await store.load(`key ${key}`)) ?? 0)
    expect(last[key], `key ${key}`).toBeGreaterThanOrEqual(acknowledgedAt.length - 1)
  }
  for (const worker of workers) worker.tell(JSON.stringify(last))
  expect(await Promise.all(workers.map((worker) => worker.line()))).toEqual(workers.map(() => 'true'))
  return reports
}

describeOnRedis('eight processes on one server', () => {
  test('each reads forwards, none reads what was replaced long ago, and at rest all hold what the server does', async () => {
    const server = await startServer({ appendonly: 'yes', appendfsync: 'always' })
    const reports = await check(server, async () => {})
    for (const { acknowledgedAt, failures, hits } of reports) {
      expect(acknowledgedAt.length).toBeGreaterThan(10)
      expect(failures).toBe(0)
      expect(hits).toBeGreaterThan(0)
    }
  })

  test('the same while connections are killed, and the server stands still, and restarts', async () => {
    const server = await startServer({ appendonly: 'yes', appendfsync: 'always' })
    let kills = 0
    const reports = await check(server, async (isOver) => {
      for (let round = 0; !isOver(); round++) {
        await sleep(150)
        if (round % 10 === 4) {
          server.pause()
          await sleep(300)
          server.resume()
        } else if (round === 8) await server.restart()
        else {
          const admin = await connectAdmin(server.url)
          const clients = await otherClients(admin)
          if (clients.length > 0) {
            await admin.sendCommand(['CLIENT', 'KILL', 'ID', clients[(round * 7) % clients.length]!])
            kills++
          }
          admin.destroy()
        }
      }
    })
    expect(kills).toBeGreaterThan(5)
    for (const { acknowledgedAt } of reports) expect(acknowledgedAt.length).toBeGreaterThan(10)
  })
})
