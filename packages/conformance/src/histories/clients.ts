import { setImmediate as nextTurn } from 'node:timers/promises'
import { keyText, newVersion, type Versioned } from '@wt/core'
import { display } from '../history.ts'
import { BrokenPromise } from '../outcomes.ts'
import { same } from '../same.ts'
import { findViolation, type Held, type Operation, type Violation, type Write } from './register.ts'

/** What the clients call: a store, or a cache over one. */
export interface Subject {
  store(key: string, value: unknown): unknown
  load(key: string): unknown
  remove(key: string): unknown
  storeMany?(entries: readonly (readonly [string, unknown])[]): unknown
  loadMany?(keys: readonly string[]): unknown
  removeMany?(keys: readonly string[]): unknown
  loadVersioned?(key: string): unknown
  storeIf?(key: string, value: unknown, expected: string | undefined, version: string): unknown
  /** Calls without an effect that anyone may see, to disturb the others with. */
  readonly disturbances?: readonly ((key: string) => unknown)[]
}

export interface ClientsOptions {
  readonly random: () => number
  readonly keys: readonly string[]
  readonly clients: number
  /** How many calls each client makes. */
  readonly calls: number
  readonly batches?: boolean
  /** With writes that take place only if the key still has the version that some client has seen. */
  readonly conditions?: boolean
  /** How often the next call is made before this one is answered. Default 0.3. */
  readonly pipelining?: number
  /** The value of each number; no two are the same. */
  readonly numberToValue: (number: number) => unknown
}

type Name =
  | 'store'
  | 'load'
  | 'remove'
  | 'storeMany'
  | 'loadMany'
  | 'removeMany'
  | 'loadVersioned'
  | 'storeIf'

const CALLS: readonly Name[] = ['store', 'store', 'load', 'load', 'load', 'remove']
const CONDITIONS: readonly Name[] = ['loadVersioned', 'storeIf', 'storeIf']
const BATCHES: readonly Name[] = ['storeMany', 'loadMany', 'removeMany']

type Condition = NonNullable<Write['condition']>

/** Concurrent clients of one subject, each with calls of its own, and what each call answered when. */
export class Clients {
  readonly #subject: Subject
  readonly #options: ClientsOptions
  readonly #histories = new Map<string, Operation[]>()
  readonly #values: unknown[] = []
  /** By key: the entry that was last seen with its version. */
  readonly #seen = new Map<string, { readonly number: Held; readonly version: string | undefined }>()
  /** No time: each call and each answer is one tick after what was before. */
  #clock = 0
  /** A client whose call failed ends the others. */
  #hasFailed = false

  constructor(subject: Subject, options: ClientsOptions) {
    this.#subject = subject
    this.#options = options
    for (const key of options.keys) this.#histories.set(key, [])
  }

  /** Runs all clients to their end, then reads every key once more, of `atRest`. Throws `BrokenPromise`. */
  async run(atRest: () => Promise<Pick<Subject, 'load'>> = async () => this.#subject): Promise<void> {
    const { clients, calls } = this.#options
    await Promise.all(Array.from({ length: clients }, (_, index) => this.#client(index + 1, calls)))
    const last = await atRest()
    for (const key of this.#options.keys) {
      await this.#call('at rest', 'load', [key], () => last.load(key))
    }
    for (const [key, history] of this.#histories) {
      const violation = findViolation(history)
      if (violation !== undefined) throw new BrokenPromise(this.#explain(key, violation))
    }
  }

  async #client(number: number, calls: number): Promise<void> {
    const name = `client ${number}`
    const { random, pipelining = 0.3 } = this.#options
    let waiting: Promise<void>[] = []
    for (let count = 0; count < calls && !this.#hasFailed; count++) {
      const call = this.#randomCall(name)
      waiting.push(call)
      call.catch(() => {
        // Told when all that wait are awaited; until then not left unhandled.
        this.#hasFailed = true
      })
      if (random() < pipelining) continue
      await Promise.all(waiting)
      waiting = []
      await someTurns(random)
    }
    await Promise.all(waiting)
  }

  #randomCall(client: string): Promise<void> {
    const { random, keys, batches, conditions } = this.#options
    const subject = this.#subject
    const some = () => keys.filter(() => random() < 0.6)
    const key = oneOf(random, keys)
    if (subject.disturbances !== undefined && random() < 0.2) {
      return this.#disturb(oneOf(random, subject.disturbances), key)
    }
    const others = batches && random() < 0.4 ? BATCHES : CALLS
    const name = oneOf(random, conditions && random() < 0.6 ? CONDITIONS : others)
    switch (name) {
      case 'store': {
        const number = this.#newNumber()
        return this.#call(client, name, [key], () => subject.store(key, this.#values[number]), [number])
      }
      case 'storeMany': {
        const chosen = some()
        const numbers = chosen.map(() => this.#newNumber())
        const entries = chosen.map((key, index) => [key, this.#values[numbers[index]!]] as const)
        return this.#call(client, name, chosen, () => subject.storeMany!(entries), numbers)
      }
      case 'loadMany':
      case 'removeMany': {
        const chosen = some()
        if (subject[name] === undefined) return Promise.resolve()
        return this.#call(client, name, chosen, () => subject[name]!(chosen))
      }
      case 'load':
      case 'remove':
        return this.#call(client, name, [key], () => subject[name](key))
      default:
        return this.#conditional(client, name, key)
    }
  }

  #conditional(client: string, name: 'loadVersioned' | 'storeIf', key: string): Promise<void> {
    const subject = this.#subject
    if (name === 'loadVersioned') {
      return this.#call(client, name, [key], () => subject.loadVersioned!(key))
    }
    // Of an entry that nobody has seen yet it is expected that it is not there.
    const { number: expected, version } = this.#seen.get(key) ?? { number: undefined, version: undefined }
    const number = this.#newNumber()
    const call = () => subject.storeIf!(key, this.#values[number], version, newVersion())
    return this.#call(client, name, [key], call, [number], { expected, stored: false })
  }

  async #disturb(disturbance: (key: string) => unknown, key: string): Promise<void> {
    await disturbance(key)
  }

  async #call(
    client: string,
    name: Name,
    keys: readonly string[],
    call: () => unknown,
    numbers: readonly number[] = [],
    condition?: Condition,
  ): Promise<void> {
    const calledAt = ++this.#clock
    const operations = keys.map((key, index) =>
      this.#begin(client, name, key, calledAt, numbers[index], condition),
    )
    let answer: unknown
    try {
      answer = await call()
    } catch (error) {
      // Nothing was wrong with the call, so that an answer was owed.
      const text = `${client}: ${name}(${keys.map((key) => keyText(key)).join(', ')})`
      throw new BrokenPromise(`${text}, while others called too, failed: ${display(error)}`)
    }
    const answeredAt = ++this.#clock
    for (const [index, operation] of operations.entries()) {
      operation.answeredAt = answeredAt
      const key = keys[index]!
      if (operation.kind === 'read') operation.value = this.#numberOf(key, name, answer)
      else if (operation.condition !== undefined) operation.condition.stored = answer === true
      else if (name === 'remove' && typeof answer === 'boolean') operation.existed = answer
    }
  }

  #begin(
    client: string,
    name: Name,
    key: string,
    calledAt: number,
    value: Held,
    condition?: Condition,
  ): Operation {
    const given = value === undefined ? '' : ` = value ${value}`
    const provided = condition === undefined ? '' : ` in place of ${heldText(condition.expected)}`
    const text = `${client}: ${name} ${keyText(key)}${given}${provided}`
    const timed = { text, calledAt, answeredAt: Number.POSITIVE_INFINITY }
    const operation: Operation = name.startsWith('load')
      ? { ...timed, kind: 'read', value: undefined }
      : { ...timed, kind: 'write', value, ...(condition && { condition }) }
    this.#histories.get(key)!.push(operation)
    return operation
  }

  #newNumber(): number {
    return this.#values.push(this.#options.numberToValue(this.#values.length)) - 1
  }

  /** Which of the values that were stored an answer is. One that never was, such as half of one, breaks the promise. */
  #numberOf(key: string, name: Name, answer: unknown): Held {
    const versioned = name === 'loadVersioned' ? (answer as Versioned<unknown> | undefined) : undefined
    const single = name === 'loadVersioned' ? versioned?.value : answer
    const value = name === 'loadMany' ? Map.prototype.get.call(answer, key) : single
    const index = this.#values.findIndex((stored) => same(stored, value))
    const number = value === undefined ? undefined : index
    if (name === 'loadVersioned') this.#seen.set(key, { number, version: versioned?.version })
    if (number !== -1) return number
    throw new BrokenPromise(
      `${name} of ${keyText(key)}, while others called too: it answered ${display(value)}, which nobody ever stored`,
    )
  }

  #explain(key: string, { operation, allowed, evidence }: Violation): string {
    const expected =
      operation.kind === 'read'
        ? allowed.map(heldText).join(' or ')
        : `${isOwed(operation, allowed[0])}, for the key held ${heldText(allowed[0])}`
    return [
      `concurrent calls of ${keyText(key)}: no order of them explains what \`${operation.text}\` answered`,
      `expected: ${expected}`,
      `found: ${operation.kind === 'read' ? heldText(operation.value) : answerOf(operation)}`,
      'the calls that prove it, by the ticks of their call and answer:',
      ...evidence.map((line) => `  ${lineOf(line)}${line === operation ? '   <- this one' : ''}`),
    ].join('\n')
  }
}

/** Waits for none to eight turns of the event loop: not for a time, so that the same seed overlaps the same calls. */
export async function someTurns(random: () => number): Promise<void> {
  const turns = random() < 0.5 ? 0 : Math.ceil(random() * 8)
  for (let turn = 0; turn < turns; turn++) await nextTurn()
}

function lineOf(operation: Operation): string {
  const { calledAt, answeredAt, text } = operation
  const ticks = `[${String(calledAt).padStart(3)}-${String(answeredAt).padStart(3)}]`
  if (operation.kind === 'read') return `${ticks} ${text} -> ${heldText(operation.value)}`
  const answer = answerOf(operation)
  return `${ticks} ${text}${answer === undefined ? '' : ` -> ${answer}`}`
}

function answerOf({ condition, existed }: Write): boolean | undefined {
  return condition === undefined ? existed : condition.stored
}

/** What a write had to answer when the key held that. */
function isOwed({ condition }: Write, held: Held): boolean {
  return condition === undefined ? held !== undefined : held === condition.expected
}

function heldText(held: Held): string {
  return held === undefined ? 'undefined' : `value ${held}`
}

function oneOf<T>(random: () => number, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)]!
}
