import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeOnRedis } from './fixtures.ts'
import { Processes } from './histories/processes.ts'
import { type Faults, type Report, run } from './histories/run.ts'

/** So many seeds of each kind. */
const SEEDS = Number(process.env.HISTORIES ?? 1)
const FIRST_SEED = Number(process.env.HISTORIES_SEED ?? 1)
const DURATION_MS = 3000

let processes: Processes

async function check(faults: Faults, versioned = false): Promise<Report[]> {
  const reports: Report[] = []
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const report = await run(processes, { seed, faults, versioned, durationMs: DURATION_MS })
    if (SEEDS > 1) console.log(line(seed, versioned ? `${faults}, versioned` : faults, report))
    const replay = `HISTORIES_SEED=${seed} replays the calls and the faults, not their times`
    expect(report.troubles, `seed ${seed}; ${replay}\n${report.troubles.join('\n')}`).toEqual([])
    reports.push(report)
  }
  return reports
}

function line(seed: number, kind: string, report: Report): string {
  const { operations, hits, failed, told, lost, convergedAfterMs } = report
  const struck = [...report.struck].map(([name, times]) => `${name} ${times}`).join(', ')
  return `${kind} seed ${seed}: ${operations} operations, ${hits} hits, ${failed} failed, ${told} changes told, ${lost} lost, converged in ${convergedAfterMs.toFixed()} ms; ${struck}`
}

describeOnRedis('eight processes on one server', () => {
  beforeAll(() => {
    processes = new Processes(8)
  })
  afterAll(() => processes.kill())

  test(
    'writes are linearizable, no read is older than the last change told, and at rest all tables are the store',
    async () => {
      for (const { hits, told, failed } of await check('none')) {
        expect(hits).toBeGreaterThan(100)
        expect(told).toBeGreaterThan(100)
        expect(failed).toBe(0)
      }
    },
    SEEDS * 60_000,
  )

  test(
    'the same while connections are killed, and the server stands still, restarts, and loses its data',
    async () => {
      for (const { struck } of await check('server')) expect(struck.size).toBeGreaterThan(0)
    },
    SEEDS * 60_000,
  )

  test(
    'the same while the network cuts, refuses, and holds back what each process sends or gets',
    async () => {
      for (const { struck } of await check('network')) expect(struck.size).toBeGreaterThan(0)
    },
    SEEDS * 60_000,
  )

  test(
    'no write comes between what a conditional one replaces and what it makes of it, and what has expired is no hit',
    async () => {
      for (const faults of ['none', 'server', 'network'] as const) await check(faults, true)
    },
    SEEDS * 90_000,
  )

  test(
    'on a Cluster the same while connections are killed, nodes stand still, slots move and primaries fail over: nothing is lost',
    async () => {
      for (const { struck, lost } of await check('cluster', true)) {
        expect(struck.size).toBe(5)
        expect(lost).toBe(0)
      }
    },
    SEEDS * 180_000,
  )

  test(
    'on a Cluster whose primaries are killed the same, but for what their replicas had not, which is not much',
    async () => {
      for (const { struck, lost, operations } of await check('crashes')) {
        expect(struck.size).toBeGreaterThan(0)
        expect(lost).toBeLessThan(operations / 20)
      }
    },
    SEEDS * 120_000,
  )

  test('a cache that misses news, or hears of them late, is found', async () => {
    for (const sabotage of ['misses a change in twenty', 'hears of changes late'] as const) {
      const { troubles } = await run(processes, { seed: 1, faults: 'none', durationMs: 2500, sabotage })
      expect(troubles.join(), sabotage).toContain('a read answered what was replaced before the last')
    }
  }, 90_000)

  test('a store that forgets conditions is found', async () => {
    const sabotage = 'forgets conditions'
    const { troubles } = await run(processes, {
      seed: 1,
      faults: 'none',
      versioned: true,
      durationMs: 1500,
      sabotage,
    })
    expect(troubles.join()).toContain('a conditional write replaced something else than it was to')
  }, 90_000)
})
