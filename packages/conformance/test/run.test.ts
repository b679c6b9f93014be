import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { type Case, cases, runConformance, type Target } from '../src/index.ts'
import { MemoryStore } from './fixtures/memory-store.ts'
import { file, memory } from './fixtures/targets.ts'

test('a correct store passes, and what it does not claim is skipped with the reason', async () => {
  const report = await runConformance(memory)
  expect(report.cases.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip')).toEqual([])
  expect(report.summary.passed + report.summary.skipped).toBe(cases.length)
  const skipped = report.cases.find(({ id }) => id === 'keys/lone-surrogates-are-invalid')
  expect(skipped).toMatchObject({
    verdict: 'skip',
    message: expect.stringContaining('needs persistent, which memory fixture does not claim'),
  })
})

test('a malformed target is a TypeError at once that lists all that is wrong', async () => {
  const malformed = { name: '', values: 'xml', capabilities: { keyz: true, maxEntries: 0 } }
  const error = await runConformance(malformed as unknown as Target).catch((reason) => reason)
  expect(error).toBeInstanceOf(TypeError)
  for (const name of ['name', 'values', 'open', 'capabilities.keyz', 'capabilities.maxEntries']) {
    expect(error.message).toContain(name)
  }
})

test('a claim that the store cannot keep is a failure, not a skip', async () => {
  const claims: Target = { ...memory, capabilities: { ...memory.capabilities, revision: true } }
  const report = await runConformance(claims, { case: 'contract/claimed-methods-exist' })
  expect(report.cases[0]).toMatchObject({ verdict: 'fail', message: expect.stringContaining('revision') })
  class Later extends MemoryStore {
    override load(): unknown {
      return Promise.resolve(undefined)
    }
  }
  const later: Target = { ...memory, open: () => new Later() }
  const sync = await runConformance(later, { case: 'contract/sync-answers-at-once' })
  expect(sync.cases[0]).toMatchObject({ verdict: 'fail', message: expect.stringContaining('load') })
})

test('a fault fails its own case alone, with the history, the seed and the way to replay it', async () => {
  class Forgetful extends MemoryStore {
    override remove(key: string): boolean {
      if (this.entries.has(key)) throw new Error('out of order')
      return false
    }
  }
  const report = await runConformance(
    { ...memory, open: () => new Forgetful() },
    { topic: 'contract', seed: 7 },
  )
  const verdicts = new Map(report.cases.map(({ id, verdict }) => [id, verdict]))
  expect(verdicts.get('contract/removes')).toBe('fail')
  expect(verdicts.get('contract/overwrites')).toBe('pass')
  const { message } = report.cases.find(({ id }) => id === 'contract/removes')!
  expect(message).toContain('store("key"')
  expect(message).toContain('out of order')
  expect(message).toContain("runConformance(target, { case: 'contract/removes', seed: 7 })")
})

test('a store that does not open is an error of every case, and one that never answers a time-out', async () => {
  const shut: Target = { ...memory, open: () => Promise.reject(new Error('no such host')) }
  const { cases: results } = await runConformance(shut, { case: 'contract/overwrites' })
  expect(results[0]).toMatchObject({ verdict: 'error', message: expect.stringContaining('no such host') })
  class Silent extends MemoryStore {
    override load(): unknown {
      return new Promise(() => {})
    }
  }
  const silent: Target = { ...memory, capabilities: {}, open: () => new Silent() }
  const { summary } = await runConformance(silent, { case: 'contract/overwrites', timeoutMs: 20 })
  expect(summary).toEqual({ passed: 0, failed: 0, skipped: 0, errors: 0, timeouts: 1 })
})

test('a case of the user fails by whatever it throws, and gets a context to work with', async () => {
  const own: Case = {
    id: 'own/greets',
    topic: 'own',
    title: 'greets',
    needs: ['keys'],
    async run({ open, values }) {
      const store = await open()
      await store.store('greeting', values.numbered(1))
      assert.deepEqual(await store.keys(), ['farewell'])
    },
  }
  const { cases: results } = await runConformance(memory, { cases: [own] })
  expect(results[0]).toMatchObject({ verdict: 'fail', message: expect.stringContaining('AssertionError') })
})

test('what has to run in another process is skipped for a target that does not name its module', async () => {
  const { module: _, ...nameless } = file
  const { cases: results } = await runConformance(nameless, { case: 'persistent/survives-kill' })
  expect(results[0]).toMatchObject({ verdict: 'skip', message: expect.stringContaining('module') })
})

test('a module that cannot be imported there is an error, and says so', async () => {
  const lost = { ...file, module: new URL('nowhere.ts', import.meta.url).href }
  const { cases: results } = await runConformance(lost, { case: 'persistent/survives-kill' })
  expect(results[0]).toMatchObject({ verdict: 'error', message: expect.stringContaining('nowhere.ts') })
})

test('nothing is left of the directory of a case, also when it failed, timed out or goes on after its end', async () => {
  const locations: string[] = []
  const ended = Promise.withResolvers<void>()
  const later = Promise.withResolvers<string>()
  const late: Case = {
    id: 'own/late',
    topic: 'own',
    title: 'goes on',
    needs: [],
    async run({ location, open }) {
      locations.push(location)
      // On a busy machine its time may be over before the first is open, which is refused then.
      const opening = open()
        .then(() => ended.promise)
        .then(() => open('another'))
        .then(
          () => 'opened',
          () => 'refused',
        )
      later.resolve(await opening)
    },
  }
  const failing: Case = {
    ...late,
    id: 'own/failing',
    run({ location }) {
      locations.push(location)
      throw new Error('on purpose')
    },
  }
  const { summary } = await runConformance(memory, { cases: [late, failing], timeoutMs: 20 })
  expect(summary).toMatchObject({ timeouts: 1, failed: 1 })
  ended.resolve()
  expect(await later.promise).toBe('refused')
  expect(locations.map((location) => existsSync(dirname(dirname(location))))).toEqual([false, false])
})

test('an unknown topic or case is refused, for a typo must not pass as a success', async () => {
  await expect(runConformance(memory, { topic: 'kees' })).rejects.toThrow(RangeError)
  await expect(runConformance(memory, { case: 'keys/none' })).rejects.toThrow(RangeError)
})

test('jobs is how many cases run at once', async () => {
  // Each case waits for three to be there: fewer at once wait for ever.
  let arrived = 0
  let meet = () => {}
  const met = new Promise<void>((resolve) => {
    meet = resolve
  })
  const meeting = [1, 2, 3].map((number) => ({
    id: `meeting/${number}`,
    topic: 'meeting',
    title: 'waits for the others',
    needs: [],
    run() {
      if (++arrived === 3) meet()
      return met
    },
  }))
  const few = await runConformance(memory, { cases: meeting.slice(1), jobs: 2, timeoutMs: 20 })
  expect(few.summary).toMatchObject({ passed: 0, timeouts: 2 })
  arrived = 0
  const enough = await runConformance(memory, { cases: meeting, jobs: 3 })
  expect(enough.summary).toMatchObject({ passed: 3, timeouts: 0 })
  expect(enough.cases.map(({ id }) => id)).toEqual(meeting.map(({ id }) => id))
})
