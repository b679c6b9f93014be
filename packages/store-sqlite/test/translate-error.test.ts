import { expect, test } from 'vitest'
import { translateError } from '../src/translate-error.ts'

/** As node:sqlite throws it: the extended result code is a number. */
const ofNode = (errcode: number) =>
  Object.assign(new Error('said'), { code: 'ERR_SQLITE_ERROR', errcode, errstr: 'said' })

/** As better-sqlite3 throws it: the extended result code is a name. */
const ofBetter = (code: string) => Object.assign(new Error('said'), { code })

test.each<[what: string, causes: unknown[], code: string, applied: string]>([
  [
    'a lock',
    [ofNode(5), ofNode(261), ofNode(6), ofBetter('SQLITE_BUSY'), ofBetter('SQLITE_BUSY_RECOVERY')],
    'BUSY',
    'no',
  ],
  ['a full disk', [ofNode(13), ofBetter('SQLITE_FULL')], 'STORE_FULL', 'no'],
  [
    'no permission to write',
    [ofNode(8), ofNode(1032), ofBetter('SQLITE_READONLY_DBMOVED')],
    'READ_ONLY',
    'no',
  ],
  ['a failed sync', [ofNode(1034), ofBetter('SQLITE_IOERR_FSYNC')], 'WRITE_FAILURE', 'unknown'],
  ['a damaged page', [ofNode(11), ofNode(779), ofBetter('SQLITE_CORRUPT_INDEX')], 'CORRUPT', 'unknown'],
  ['no database', [ofNode(26), ofBetter('SQLITE_NOTADB')], 'CORRUPT', 'unknown'],
  ['a file that cannot be opened', [ofNode(14), ofBetter('SQLITE_CANTOPEN')], 'UNAVAILABLE', 'unknown'],
  [
    'too large a value',
    [ofNode(18), ofBetter('SQLITE_TOOBIG'), new RangeError('The bound string, buffer, or bigint is too big')],
    'INVALID_VALUE',
    'no',
  ],
  [
    'anything else',
    [ofNode(1), ofBetter('SQLITE_ERROR'), new Error('x'), new RangeError('x'), 'x', null, undefined],
    'WRITE_FAILURE',
    'unknown',
  ],
])('%s has one code on both drivers', (_what, causes, code, applied) => {
  for (const cause of causes) {
    const error = translateError(cause, { name: 'store', kind: 'write', key: 'k' })
    expect(error).toMatchObject({ code, applied, key: 'k', cause })
    expect(error.message).toMatch(/^store of "k": SQLite says "/)
  }
})

test('what is no failure of its own kind is a READ_FAILURE in a read', () => {
  expect(translateError(ofNode(266), { name: 'load', kind: 'read', key: 'k' }).code).toBe('READ_FAILURE')
  expect(translateError(ofBetter('SQLITE_IOERR_READ'), { name: 'keys', kind: 'read' }).code).toBe(
    'READ_FAILURE',
  )
})

test('what failed before a commit was not applied, whatever the code', () => {
  const error = translateError(ofNode(1034), { name: 'storeMany', kind: 'write', applied: 'no' })
  expect(error).toMatchObject({ code: 'WRITE_FAILURE', applied: 'no' })
})
