import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BrokenPromise, CannotRun } from '../outcomes.ts'
import { changesOf, makeCall } from '../simfs/run-steps.ts'
import { keysOf, type WriteStep } from '../simfs/steps.ts'
import type { Outcome, Write } from '../simfs/writes.ts'
import type { Target } from '../target.ts'
import { checkSurvivor } from './check-survivor.ts'
import { KillFailure } from './kill-test.ts'
import { Worker } from './worker.ts'

/** One write, killed before each system call that it makes. */
export interface EveryCallTest {
  readonly target: Target
  /** A directory of the test's own, empty at first. */
  readonly directory: string
  /** What the store holds before. */
  readonly before: readonly WriteStep[]
  readonly write: WriteStep
  /** The kinds of calls before which it is killed, such as `fsync`. Default: all that touch files. */
  readonly at?: readonly string[]
  readonly strays?: (location: string) => readonly string[]
}

/** Whether this machine has the program that kills at a system call. */
export function hasStrace(): boolean {
  return spawnSync('strace', ['-V']).status === 0
}

/**
 * Takes `write` in a process of its own once for every system call that it makes on files, and has the kernel kill the
 * process at the entry of that call; then checks what is left. Needs strace. Throws `KillFailure`.
 */
export async function killAtEveryCall(test: EveryCallTest): Promise<EveryCallReport> {
  const { target, directory, before } = test
  const { module } = target
  if (module === undefined) throw new CannotRun(`${target.name} does not name its module`)
  const prepared = join(directory, 'prepared')
  mkdirSync(prepared)
  const store = await target.open(prepared)
  for (const step of before) await makeCall(store, step)
  await store.close?.()

  const hit: string[] = []
  const calls = await callsOfWrite(test, module, prepared)
  for (const [index, { name, ordinal }] of calls.entries()) {
    const offsets = UNSTEADY.has(name) ? TRIES : AGAIN
    for (const [attempt, offset] of offsets.entries()) {
      const location = join(directory, `${index}-${attempt}`)
      cpSync(prepared, location, { recursive: true })
      const inject = ['-e', `inject=${name}:signal=KILL:when=${ordinal + offset}`]
      const { log, within } = await runUnder(inject, test, module, location)
      await check(test, location, log, `before call ${index + 1} of ${calls.length}, ${name}`)
      if (!isHit(name, within, calls.slice(0, index))) continue
      hit.push(name)
      break
    }
  }
  return { calls: calls.map(({ name }) => name), hit }
}

/** What was tried and found to be in order. */
export interface EveryCallReport {
  /** The calls of the kinds in question that the write makes, in their order; of all kinds, the last tells that it is done. */
  readonly calls: readonly string[]
  /** Those before which a process was killed. */
  readonly hit: readonly string[]
}

/**
 * Node itself makes more or fewer of these from run to run, so that the one that is meant is looked for among its neighbours,
 * and may be missed. What a kill before it leaves is what a kill before the call after or before it leaves.
 */
const TRIES = [0, 0, 1, -1, 0, 1, -1]
const UNSTEADY = new Set(['openat', 'close'])

/** Whether so many calls came before that the one of this name, which was prevented, is the one that was meant. */
function isHit(name: string, within: readonly Call[], before: readonly Call[]): boolean {
  if (UNSTEADY.has(name)) return within.length === before.length
  const namesakes = (calls: readonly Call[]) => calls.filter((call) => call.name === name).length
  return namesakes(within) === namesakes(before)
}

/** The others come in their order in nearly every run: where threads met otherwise, the next run meets the call that is meant. */
const AGAIN = [0, 0, 0, 0]

const FILE_CALLS = [
  ...['openat', 'close', 'write', 'pwrite64', 'writev', 'pwritev', 'fsync', 'fdatasync', 'ftruncate'],
  ...['rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'mkdir', 'mkdirat'],
]

interface Call {
  readonly name: string
  /** It is so many-th call of this name that its thread makes. */
  readonly ordinal: number
}

/** The calls between what the worker says before the write and after it, by a run that nothing ends. */
async function callsOfWrite(test: EveryCallTest, module: string, prepared: string): Promise<readonly Call[]> {
  let calls: readonly Call[] = []
  // Twice, so that Node's cache of compiled modules is there in the second run as it will be in those that follow.
  for (const time of ['first', 'second']) {
    const location = join(test.directory, `traced-${time}`)
    cpSync(prepared, location, { recursive: true })
    const { log, within, complaint } = await runUnder([], test, module, location)
    if (!log.includes('done 0')) throw new CannotRun(`the write under strace: ${log.at(-1)} ${complaint}`)
    calls = within
  }
  return calls
}

interface Traced {
  readonly log: readonly string[]
  /** The calls that were carried out from what the worker said before the write on, to what it said after it. */
  readonly within: readonly Call[]
  readonly complaint: string
}

async function runUnder(
  options: readonly string[],
  { directory, write, at }: EveryCallTest,
  module: string,
  location: string,
): Promise<Traced> {
  const trace = join(directory, 'trace')
  const traced = `trace=${FILE_CALLS.map((name) => `?${name}`).join()}`
  const strace = ['strace', '-f', '-qq', '-o', trace, '-e', traced, '-e', 'signal=none', ...options]
  // With one thread for Node's asynchronous calls, these can be counted too.
  const worker = new Worker(module, strace, { UV_THREADPOOL_SIZE: '1' })
  const log = await worker.work({ location, steps: [write], killsItself: true })
  const within = callsWithin(readFileSync(trace, 'utf8'))
  const chosen = at === undefined ? within : within.filter(({ name }) => at.includes(name))
  return { log, within: chosen, complaint: worker.lastWords }
}

/** What one thread writes to wake up another: the number 1, in eight bytes. */
const WAKE_UP = /"\\1\\0\\0\\0\\0\\0\\0\\0", 8\)/

function callsWithin(trace: string): Call[] {
  const counts = new Map<string, number>()
  const calls: Call[] = []
  let isWithin = false
  for (const line of trace.split('\n')) {
    const [, thread, name] = /^(\d+)\s+(\w+)\(/.exec(line) ?? []
    // The call that the kill prevented has no result.
    if (name === undefined || /\)\s+= \?$/.test(line)) continue
    const ordinal = (counts.get(`${thread} ${name}`) ?? 0) + 1
    counts.set(`${thread} ${name}`, ordinal)
    if (isWithin && !WAKE_UP.test(line)) calls.push({ name, ordinal })
    if (line.includes('"begun 0\\n"')) isWithin = true
    if (line.includes('"done 0\\n"')) break
  }
  return calls
}

async function check(
  { target, before, write, strays }: EveryCallTest,
  location: string,
  log: readonly string[],
  moment: string,
): Promise<void> {
  const keys = keysOf([...before, write])
  const isDone = log.includes('done 0')
  const outcome = isDone ? 'acknowledged' : 'unknown'
  const writes = [
    ...before.flatMap((step) => writesOf(step, 'acknowledged')),
    ...(log.includes('begun 0') ? writesOf(write, outcome) : []),
  ]
  try {
    const test = { target, location, kills: 1, ...(strays && { strays }) }
    await checkSurvivor(test, keys, { writes, unfinished: isDone ? [] : [write] })
  } catch (error) {
    // The store's fault is told with the moment, any other as it is.
    throw error instanceof BrokenPromise ? new KillFailure(moment, log, error) : error
  }
}

function writesOf(step: WriteStep, outcome: Outcome): Write<unknown>[] {
  return Array.from(changesOf(step), ([key, value]) => ({ key, value, from: 0, to: 0, outcome }))
}
