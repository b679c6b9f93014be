import { BrokenPromise } from '../outcomes.ts'
import { randomFrom, seedFor } from '../random.ts'
import { checkAnswers, checkRecovered } from './check-recovered.ts'
import { CrashFailure, type CrashReport, type CrashTest, parseReplay, type Trail } from './crash-test.ts'
import { type Fault, faultsOf } from './faults.ts'
import { operationText } from './operation.ts'
import { runSteps } from './run-steps.ts'
import { SimFs } from './sim-fs.ts'
import { keysOf } from './steps.ts'
import { type Allowed, allowedAfter } from './writes.ts'

/**
 * Takes the steps once, crashes after every operation of the file system, opens the store on every disk that may
 * be found then, and checks what it owes. Rejects with a `CrashFailure` at the first promise that is broken.
 */
export async function exploreCrashes<V>(test: CrashTest<V>): Promise<CrashReport> {
  const exploration = new Exploration(test)
  const fileSystem = new SimFs({ seed: exploration.seed })
  await exploration.judge([], fileSystem, async () => {
    const { writes, boundaries } = await runSteps(test, fileSystem, false)
    await exploration.crash([], fileSystem, crashPoints(fileSystem, boundaries), (operation) =>
      allowedAfter(exploration.keys, writes, operation),
    )
  })
  return exploration.report(fileSystem.operations.length)
}

/**
 * Takes the steps once for every operation of the file system and everything that can go wrong with it, and
 * checks what the store says of it and holds then; and that it holds what it owes when the machine crashes
 * after that step or a later one. Rejects with a `CrashFailure` at the first promise that is broken.
 */
export async function exploreFaults<V>(test: CrashTest<V>): Promise<CrashReport> {
  const exploration = new Exploration(test)
  const unharmed = new SimFs({ seed: exploration.seed })
  await exploration.judge([], unharmed, () => runSteps(test, unharmed, false))
  for (const [operation, { call }] of unharmed.operations.entries()) {
    for (const [index, fault] of faultsOf(call).entries()) {
      const trail = [operation, index]
      if (!exploration.isWanted(trail)) continue
      const fileSystem = new SimFs({ seed: exploration.seed })
      fileSystem.inject({ ...fault, operation, call })
      exploration.faults++
      await exploration.judge(trail, fileSystem, async () => {
        const { writes, boundaries } = await runSteps(test, fileSystem, true)
        const ends = boundaries.filter((boundary) => boundary > operation)
        await exploration.crash(trail, fileSystem, ends, (at) => allowedAfter(exploration.keys, writes, at))
      })
    }
  }
  return exploration.report(unharmed.operations.length)
}

/** The disks seen so far, and which ones a replay asks for. */
class Exploration<V> {
  readonly keys: readonly string[]
  readonly seed: number
  faults = 0
  readonly #test: CrashTest<V>
  readonly #wanted: Trail | undefined
  readonly #seen = new Set<string>()
  #crashes = 0
  #disks = 0
  #recoveryDisks = 0

  constructor(test: CrashTest<V>) {
    const replay = test.replay === undefined ? undefined : parseReplay(test.replay)
    this.#test = test
    this.seed = replay?.seed ?? test.seed ?? 1
    this.#wanted = replay?.trail
    this.keys = keysOf(test.steps)
  }

  /** False for what a replay leaves out. */
  isWanted(trail: Trail): boolean {
    const wanted = this.#wanted
    if (wanted === undefined) return true
    return trail.length <= wanted.length && trail.every((number, index) => number === wanted[index])
  }

  /** Crashes at each of `points`, opens the store on what may be left, and crashes again while it opens. */
  async crash(
    trail: Trail,
    fileSystem: SimFs,
    points: Iterable<number>,
    owed: (operation: number) => ReadonlyMap<string, Allowed<V>>,
    isRecovery: boolean = false,
  ): Promise<void> {
    const { profile, exhaustiveUpTo, samples, crashesInRecovery = true } = this.#test
    const limits = { ...(exhaustiveUpTo && { exhaustiveUpTo }), ...(samples && { samples }) }
    for (const operation of points) {
      if (!this.isWanted([...trail, operation])) continue
      this.#crashes++
      const allowed = owed(operation)
      const options = { profile, operation, seed: this.seed, ...limits }
      for (const { state, fileSystem: found, fingerprint } of fileSystem.afterCrash(options)) {
        const here = [...trail, operation, state]
        if (!this.isWanted(here) || this.#isKnown(fingerprint, allowed)) continue
        this.#disks++
        if (isRecovery) this.#recoveryDisks++
        const log = () => [...logOf(fileSystem, operation), '(crash)', ...logOf(found)]
        const opened = await this.judge(here, log, () => checkRecovered(this.#test, found, allowed))
        if (isRecovery || !crashesInRecovery) continue
        await this.crash(here, found, crashPoints(found, [opened], opened), () => allowed, true)
        await this.#harmRecovery(here, found, opened, allowed)
      }
    }
  }

  /** Opens the store on `found` once more, with one fault, and again after a crash then. The place tells which. */
  async #harmRecovery(
    here: Trail,
    found: SimFs,
    opened: number,
    allowed: ReadonlyMap<string, Allowed<V>>,
  ): Promise<void> {
    const random = randomFrom(seedFor(this.seed, here.join(':')))
    const operation = Math.floor(random() * opened)
    const struck = found.operations[operation]
    if (struck === undefined) return
    const faults = faultsOf(struck.call)
    const fault = faults[Math.floor(random() * faults.length)] as Fault
    const harmed = [...found.afterCrash({ profile: 'process', operation: 0 })][0]?.fileSystem as SimFs
    harmed.inject({ ...fault, operation, call: struck.call })
    await this.judge(here, harmed, () => checkAnswers(this.#test, harmed, allowed))
    const options = { profile: this.#test.profile, seed: this.seed, exhaustiveUpTo: 8, samples: 4 }
    for (const { fileSystem, fingerprint } of harmed.afterCrash(options)) {
      if (this.#isKnown(fingerprint, allowed)) continue
      this.#disks++
      this.#recoveryDisks++
      await this.judge(here, harmed, () => checkRecovered(this.#test, fileSystem, allowed))
    }
  }

  /** Runs a check; a promise that it finds broken becomes a failure that says where. */
  async judge<T>(trail: Trail, log: SimFs | (() => string[]), check: () => Promise<T>): Promise<T> {
    try {
      return await check()
    } catch (error) {
      // Anything but a broken promise is a fault of the test itself, or told already.
      if (!(error instanceof BrokenPromise)) throw error
      const { profile, steps } = this.#test
      const replay = [this.seed, ...trail].join(':')
      throw new CrashFailure(
        { profile, steps, replay, log: log instanceof SimFs ? logOf(log) : log() },
        error,
      )
    }
  }

  report(operations: number): CrashReport {
    return {
      seed: this.seed,
      profile: this.#test.profile,
      operations,
      faults: this.faults,
      crashes: this.#crashes,
      disks: this.#disks,
      recoveryDisks: this.#recoveryDisks,
    }
  }

  /** A disk with the same files, on which the same is owed, passed before. A replay looks at it all the same. */
  #isKnown(fingerprint: string, allowed: ReadonlyMap<string, Allowed<V>>): boolean {
    if (this.#wanted !== undefined) return false
    const size = this.#seen.size
    this.#seen.add(`${fingerprint} ${[...allowed.values()].map(({ writes }) => writes.join()).join(' ')}`)
    return this.#seen.size === size
  }
}

/** Where to crash: wherever the disk may be another one, and at the ends of steps, where more is owed. */
function crashPoints(
  fileSystem: SimFs,
  boundaries: readonly number[],
  until: number = Number.POSITIVE_INFINITY,
): number[] {
  const points = [...fileSystem.crashPoints().filter((point) => point <= until), ...boundaries]
  return [...new Set(points)].sort((a, b) => a - b)
}

function logOf(fileSystem: SimFs, until: number = Number.POSITIVE_INFINITY): string[] {
  return fileSystem.operations.slice(0, until).map(operationText)
}
