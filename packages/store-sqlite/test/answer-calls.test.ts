import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '@wt/core'
import { expect, test, vi } from 'vitest'
import { answerCalls } from '../src/answer-calls.ts'
import { EntryTable } from '../src/entry-table.ts'
import {
  type Call,
  type CallName,
  callsMessage,
  callsOf,
  type Outcome,
  outcomesMessage,
  outcomesOf,
} from '../src/messages.ts'
import { settingsOf } from '../src/options.ts'
import { closedAfterTest, databasePath } from './fixtures.ts'

function call(name: CallName, ...texts: string[]): Call {
  return { name, pieces: texts.map((text) => Buffer.from(text)) }
}

/** A table whose transactions are counted; `ask` goes through messages, as between threads. */
function opened(path = databasePath()) {
  const database = closedAfterTest(new DatabaseSync(path))
  const table = new EntryTable(settingsOf('SqliteStore', { database, busyTimeoutMs: 0 }))
  const transactions = vi.spyOn(table, 'transaction')
  const ask = (...calls: Call[]): unknown[] => {
    const sent = callsOf(structuredClone(callsMessage(calls)))
    return outcomesOf(structuredClone(outcomesMessage(answerCalls(table, sent)))).map(readable)
  }
  return { path, database, table, transactions, ask }
}

function readable({ error, pieces, ...rest }: Outcome & { result?: unknown }): unknown {
  if (error !== undefined) return error
  return 'result' in rest ? rest.result : (pieces ?? []).map((piece) => Buffer.from(piece).toString())
}

test('calls of one message share a transaction and take effect in their order, reads included', () => {
  const { ask, transactions } = opened()
  const answers = ask(
    call('store', 'a', '1'),
    call('load', 'a'),
    call('remove', 'a'),
    call('remove', 'a'),
    call('load', 'a'),
    call('storeMany', 'b', '2', 'c', '3', 'b', '4'),
    call('removeMany', 'c', 'x'),
    call('store', 'd', ''),
    call('keys'),
    call('load', 'd'),
  )
  expect(answers).toEqual([[], ['1'], true, false, [], [], 1, [], ['b', 'd'], ['']])
  expect(transactions).toHaveBeenCalledTimes(1)
  expect(ask(call('load', 'b'), call('keys', 'b'))).toEqual([['4'], ['d']])
  expect(transactions).toHaveBeenCalledTimes(1)
})

test('a write that cannot be done fails alone, and the others of its message are made', () => {
  const { ask, database } = opened()
  ask(call('store', 'a', 'before'))
  database.exec('PRAGMA max_page_count = 12')
  const big = 'x'.repeat(100_000)
  const answers = ask(
    call('store', 'b', '1'),
    call('storeMany', 'c', '1', 'a', big),
    call('store', 'a', big),
    call('load', 'b'),
    call('store', 'd', '1'),
  )
  expect(answers).toMatchObject([
    [],
    { code: 'STORE_FULL', applied: 'no', key: 'a' },
    { code: 'STORE_FULL', applied: 'no', key: 'a' },
    ['1'],
    [],
  ])
  expect(ask(call('keys'), call('load', 'a'))).toEqual([['a', 'b', 'd'], ['before']])
})

test('a lock is waited for once: every writer of the message is BUSY, and reads are answered', () => {
  const { ask, path, transactions } = opened()
  ask(call('store', 'a', '1'))
  const holder = closedAfterTest(new DatabaseSync(path))
  holder.exec('BEGIN IMMEDIATE')
  const answers = ask(call('store', 'a', '2'), call('removeMany', 'a'), call('load', 'a'))
  expect(answers).toMatchObject([
    { code: 'BUSY', applied: 'no', key: 'a' },
    { code: 'BUSY', applied: 'no', key: undefined },
    ['1'],
  ])
  expect((answers[0] as Error).message).toMatch(/^store of "a": the commit that it shared failed: .*lock/)
  expect(transactions).toHaveBeenCalledTimes(1)
  holder.exec('ROLLBACK')
})

test('a lock that is met when calls are made again one by one is not waited for once for each', () => {
  const { ask, table, transactions } = opened()
  transactions.mockImplementationOnce(() => {
    throw new StoreError('STORE_FULL', 'full')
  })
  const store = vi.spyOn(table, 'store').mockImplementation(() => {
    throw new StoreError('BUSY', 'locked')
  })
  const answers = ask(call('store', 'a', '1'), call('load', 'a'), call('store', 'b', '2'))
  expect(answers).toMatchObject([{ code: 'BUSY' }, [], { code: 'BUSY', applied: 'no', key: 'b' }])
  expect(store).toHaveBeenCalledTimes(1)
})

test('a commit that nobody knows the outcome of is told to every writer, and no read is answered from it', () => {
  const { ask, table } = opened()
  ask(call('store', 'a', '1'))
  const commit = vi.spyOn(table, 'transaction').mockImplementation((_name, body) => {
    body()
    table.attempt({ name: 'commit', kind: 'write' }, (connection) => {
      connection.exec("DELETE FROM write_through_entries WHERE key = CAST('b' AS BLOB)")
      throw Object.assign(new Error('disk I/O error'), { errcode: 1034 })
    })
    throw new Error('not reached')
  })
  const answers = ask(call('store', 'b', '2'), call('remove', 'x'), call('load', 'b'))
  expect(answers).toMatchObject([
    { code: 'WRITE_FAILURE', applied: 'unknown', key: 'b', cause: { errcode: 1034 } },
    { code: 'WRITE_FAILURE', applied: 'unknown', key: 'x' },
    [],
  ])
  expect(commit).toHaveBeenCalledTimes(1)
})

test('a damaged entry fails its own read and disturbs no other call', () => {
  const { ask, database, transactions } = opened()
  ask(call('store', 'a', '1'))
  database.exec('UPDATE write_through_entries SET checksum = checksum + 1')
  transactions.mockClear()
  const answers = ask(call('store', 'b', '2'), call('load', 'a'), call('load', 'b'))
  expect(answers).toMatchObject([[], { code: 'CORRUPT', key: 'a' }, ['2']])
  expect(transactions).toHaveBeenCalledTimes(1)
})
