import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SqliteStore } from '../src/index.ts'
import { closedAfterTest, databasePath, drivers, failureOf } from './fixtures.ts'

describe.each(drivers)('on %s', (_, openDatabase) => {
  test('a backup is a whole store of that moment, while the store goes on', () => {
    const database = openDatabase(databasePath())
    database.exec('CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)')
    const store = new SqliteStore<number>({ database })
    for (let index = 0; index < 300; index++) store.store(`key ${index}`, index)
    const path = databasePath()
    store.backup(path)
    store.store('key 0', -1)
    store.store('later', 1)
    const copy = closedAfterTest(new SqliteStore<number>({ path }))
    expect([...copy.keys()]).toHaveLength(300)
    for (let index = 0; index < 300; index++) expect(copy.load(`key ${index}`)).toBe(index)
    expect(copy.verify()).toEqual({ checked: 300, damaged: [] })
    expect(openDatabase(path).prepare('SELECT x FROM theirs').get()).toEqual({ x: 1 })
    expect(store.load('key 0')).toBe(-1)
    // Nothing else is left beside it but what the open copy needs.
    expect(readdirSync(dirname(path)).filter((name) => name.endsWith('.tmp'))).toEqual([])
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('what another connection holds open does not disturb it', () => {
    const path = databasePath()
    const store = new SqliteStore<number>({ database: openDatabase(path) })
    store.store('a', 1)
    const writer = openDatabase(path)
    writer.exec('BEGIN IMMEDIATE; DELETE FROM write_through_entries')
    const copy = databasePath()
    store.backup(copy)
    writer.exec('ROLLBACK')
    expect(closedAfterTest(new SqliteStore<number>({ path: copy })).load('a')).toBe(1)
  })
})

test('a path that is taken is refused, and what is there stays as it is', () => {
  const store = closedAfterTest(new SqliteStore<number>({ path: databasePath() }))
  store.store('a', 1)
  const path = databasePath()
  for (const content of ['a diary', '']) {
    writeFileSync(path, content)
    const failure = failureOf(() => store.backup(path))
    expect(failure).toMatchObject({ code: 'WRITE_FAILURE', applied: 'no' })
    expect(failure.message).toMatch(/^backup to ".*store.db": something is there already/)
    expect(readFileSync(path, 'utf8')).toBe(content)
    expect(readdirSync(dirname(path))).toEqual(['store.db'])
  }
})

test('a backup that cannot be written leaves nothing behind, and the store goes on', () => {
  const store = closedAfterTest(new SqliteStore<number>({ path: databasePath() }))
  const path = databasePath()
  const failure = failureOf(() => store.backup(join(path, 'in no directory.db')))
  expect(failure).toMatchObject({ code: 'WRITE_FAILURE', applied: 'no' })
  expect(failure.message).toMatch(/check the directory/)
  expect(readdirSync(dirname(path))).toEqual([])
  for (const wrong of ['', ':memory:', 'file:x', 7]) {
    expect(() => store.backup(wrong as string)).toThrow(TypeError)
  }
  store.store('a', 1)
  store.close()
  expect(failureOf(() => store.backup(path))).toMatchObject({ code: 'CLOSED' })
})

test('a damaged value is copied as it is, and is CORRUPT in the copy; a damaged page is refused', () => {
  const path = databasePath()
  const store = new SqliteStore<string>({ path })
  for (let index = 0; index < 200; index++)
    store.store(`key ${index + 100}`, `value of ${index + 100} `.repeat(9))
  store.close()
  const whole = readFileSync(path)
  const flipped = Buffer.from(whole)
  const at = flipped.indexOf('value of 150')
  flipped[at] = flipped[at]! ^ 1
  writeFileSync(path, flipped)
  const damaged = closedAfterTest(new SqliteStore<string>({ path }))
  const copyPath = databasePath()
  damaged.backup(copyPath)
  damaged.close()
  const copy = closedAfterTest(new SqliteStore<string>({ path: copyPath }))
  expect(failureOf(() => copy.load('key 150'))).toMatchObject({ code: 'CORRUPT' })
  expect(copy.load('key 151')).toMatch(/^value of 151/)
  // The type byte of the page of that row.
  const page = Buffer.from(whole)
  page[Math.floor(at / 4096) * 4096] = 0xff
  writeFileSync(path, page)
  const broken = closedAfterTest(new SqliteStore<string>({ path }))
  const nowhere = databasePath()
  expect(failureOf(() => broken.backup(nowhere))).toMatchObject({ code: 'CORRUPT', applied: 'no' })
  expect(readdirSync(dirname(nowhere))).toEqual([])
})
