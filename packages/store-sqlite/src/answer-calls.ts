import { keyText, StoreError } from '@wt/core'
import { backUp } from './backup.ts'
import type { EntryTable } from './entry-table.ts'
import { type Call, type CallName, type Outcome, sentError } from './messages.ts'
import { rowOf } from './row.ts'
import type { Operation } from './translate-error.ts'

/** Nothing that one call can cause: each would fail for the same reason, and wait for the lock as long. */
const NOBODYS_FAULT: readonly string[] = ['BUSY', 'UNAVAILABLE', 'READ_ONLY', 'CLOSED']
const WRITES: ReadonlySet<CallName> = new Set<CallName>([
  'store',
  'storeMany',
  'storeIf',
  'remove',
  'removeMany',
  'removeIf',
  'acquireLease',
  'releaseLease',
])

/**
 * Makes the calls in their order, the writes among them in one transaction. When that changed nothing they are made again one
 * by one, so that a call that cannot be done fails alone; when nobody knows, every writer is told so. A `backup`, which
 * takes no part in a transaction, comes alone.
 */
export function answerCalls(table: EntryTable, calls: readonly Call[]): Outcome[] {
  if (calls.length === 1 || !calls.some(isWrite)) return oneByOne(table, calls)
  try {
    return table.transaction('commit', () => calls.map((call) => inTransaction(table, call)))
  } catch (error) {
    // A fault of this program ends the thread.
    if (!StoreError.is(error)) throw error
    if (error.applied === 'no' && !NOBODYS_FAULT.includes(error.code)) return oneByOne(table, calls)
    // What a read has seen of the transaction is gone.
    return calls.map((call) => (isWrite(call) ? shared(error, call) : outcomeOf(() => alone(table, call))))
  }
}

function isWrite({ name }: Call): boolean {
  return WRITES.has(name)
}

function oneByOne(table: EntryTable, calls: readonly Call[]): Outcome[] {
  let obstacle: StoreError | undefined
  return calls.map((call) => {
    if (obstacle !== undefined && isWrite(call)) return shared(obstacle, call)
    return outcomeOf(
      () => alone(table, call),
      (error) => {
        if (isWrite(call) && error.applied === 'no' && NOBODYS_FAULT.includes(error.code)) obstacle = error
      },
    )
  })
}

/** A write that fails ends the transaction, a read does not. */
function inTransaction(table: EntryTable, call: Call): Outcome {
  return isWrite(call) ? apply(table, call, 'no') : outcomeOf(() => apply(table, call))
}

function alone(table: EntryTable, call: Call): Outcome {
  const { name } = call
  if (name !== 'storeMany' && name !== 'removeMany') return apply(table, call)
  return table.transaction(name, () => apply(table, call, 'no'))
}

function apply(table: EntryTable, { name, pieces }: Call, applied?: 'no'): Outcome {
  const [first] = pieces
  const write = (keyBytes: Uint8Array) => new KeyedWrite(name, keyBytes, applied)
  switch (name) {
    case 'store':
    case 'storeMany':
      for (let place = 0; place < pieces.length; place += 2) {
        const keyBytes = pieces[place]!
        table.store(write(keyBytes), rowOf(keyBytes, pieces[place + 1]!))
      }
      return {}
    case 'load': {
      const value = table.load({ name, kind: 'read', key: textOf(first!) }, first!)
      return { pieces: value === undefined ? [] : [value] }
    }
    case 'remove':
      return { result: table.remove(write(first!), first!) }
    case 'removeMany':
      return { result: pieces.filter((keyBytes) => table.remove(write(keyBytes), keyBytes)).length }
    case 'loadVersioned': {
      const found = table.loadVersioned({ name, kind: 'read', key: textOf(first!) }, first!)
      return { pieces: found === undefined ? [] : [found.value, Buffer.from(found.version)] }
    }
    case 'storeIf': {
      const [keyBytes, value, version, expected] = pieces as [Uint8Array, Uint8Array, Uint8Array, Uint8Array?]
      const row = rowOf(keyBytes, value)
      return { result: table.storeIf(write(keyBytes), row, expected && textOf(expected), textOf(version)) }
    }
    case 'removeIf':
      return { result: table.removeIf(write(first!), first!, textOf(pieces[1]!)) }
    case 'acquireLease': {
      const [keyBytes, holder, leaseMs] = pieces as [Uint8Array, Uint8Array, Uint8Array]
      const { leases } = table
      return { result: leases.acquire(write(keyBytes), keyBytes, textOf(holder), Number(textOf(leaseMs))) }
    }
    case 'releaseLease':
      table.leases.release(write(first!), first!, textOf(pieces[1]!))
      return {}
    case 'keys':
      return { pieces: table.keysAfter(first) }
    case 'revision':
      return { result: table.revision() }
    case 'backup':
      backUp(table, 'AsyncSqliteStore', textOf(first!))
      return {}
    case 'structureFaults':
      return { result: table.structureFaults().map(sentError) }
  }
}

/** Its key is text for a message that is seldom needed. */
class KeyedWrite implements Operation {
  readonly name: string
  readonly kind = 'write'
  readonly applied: 'no' | undefined
  readonly #keyBytes: Uint8Array

  constructor(name: string, keyBytes: Uint8Array, applied: 'no' | undefined) {
    this.name = name
    this.applied = applied
    this.#keyBytes = keyBytes
  }

  get key(): string {
    return textOf(this.#keyBytes)
  }
}

function outcomeOf(run: () => Outcome, failed?: (error: StoreError) => void): Outcome {
  try {
    return run()
  } catch (error) {
    // The call's own failure, for its caller.
    if (!StoreError.is(error)) throw error
    failed?.(error)
    return { error: sentError(error) }
  }
}

function shared(cause: StoreError, { name, pieces }: Call): Outcome {
  const isOne = name !== 'storeMany' && name !== 'removeMany'
  const where = isOne ? `${name} of ${keyText(textOf(pieces[0]!))}` : name
  const { code, applied, message } = cause
  const text = `${where}: the commit that it shared failed: ${message}`
  const key = isOne ? textOf(pieces[0]!) : undefined
  return { error: sentError(new StoreError(code, text, { key, applied, cause: cause.cause })) }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}
