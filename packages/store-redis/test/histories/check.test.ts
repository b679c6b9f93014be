import { expect, test } from 'vitest'
import { check } from './check.ts'
import type { Before, History, Operation, ProcessHistory, ServerEntry, ToldChange } from './history.ts'

const BOUNDS = { stale: 1000, expired: 20, answer: 1000 }

interface Part {
  readonly operations?: readonly Operation[]
  readonly calls?: readonly Operation[]
  readonly changes?: readonly ToldChange[]
}

/** The rules that a history of these processes breaks, where the key `k` held these values one after the other. */
function broken(values: readonly (number | undefined | ServerEntry)[], ...parts: readonly Part[]): string[] {
  const log = values.map((value): ServerEntry => {
    return value === undefined || typeof value === 'number' ? { key: 'k', value } : value
  })
  return brokenIn({ log, losses: [{ from: 50, to: 60 }] }, parts)
}

function brokenIn(history: Omit<History, 'processes'>, parts: readonly Part[]): string[] {
  const processes = parts.map((part): ProcessHistory => {
    return { operations: [], calls: [], changes: [], standstills: [], oddities: [], ...part }
  })
  return check({ ...history, processes }, BOUNDS).map(({ rule }) => rule)
}

/** The same, where a failover lost these values; it came from 20 to 30. */
function brokenAfterLoss(
  values: readonly (number | undefined)[],
  lostValues: readonly (number | undefined)[],
  ...parts: readonly Part[]
): string[] {
  const lost = lostValues.map((value) => ({ key: 'k', value, from: 20, to: 30 }))
  return brokenIn({ log: values.map((value) => ({ key: 'k', value })), losses: [], lost }, parts)
}

function operation(kind: Operation['kind'], from: number, to: number, more: Partial<Operation>): Operation {
  return { name: kind, kind, key: 'k', value: undefined, from, to, outcome: 'ok', ...more }
}

function read(from: number, to: number, value: number | undefined, more: Partial<Operation> = {}): Operation {
  return operation('read', from, to, { value, ...more })
}

function write(from: number, to: number, value: number, more: Partial<Operation> = {}): Operation {
  return operation('write', from, to, { value, ...more })
}

function remove(from: number, to: number, existed: boolean): Operation {
  return operation('remove', from, to, { existed })
}

function told(at: number, type: ToldChange['type'] = 'keys'): ToldChange {
  return { at, type, keys: type === 'keys' ? ['k'] : [] }
}

test('what a correct cache does breaks nothing: stale hits until it is told, reads through while it is down, losses', () => {
  const writer = { calls: [write(1, 5, 1), write(10, 20, 2), remove(30, 40, true), write(42, 45, 3)] }
  const reader = {
    calls: [read(6, 8, 1), read(26, 28, 2), read(70, 72, undefined)],
    operations: [read(6, 8, 1), read(22, 22, 1), read(26, 29, 2), read(41, 41, 2), read(70, 73, undefined)],
    changes: [told(24), told(65, 'all')],
  }
  expect(broken([1, 2, undefined, 3, 'loss'], writer, reader)).toEqual([])
})

test('an acknowledged write that the server does not have is found', () => {
  expect(broken([1], { calls: [write(1, 2, 1), write(3, 4, 2)] })).toEqual([
    'an acknowledged write is not in the log of the server',
  ])
})

test('a refused write that took effect is found', () => {
  const calls = [write(1, 2, 1, { outcome: 'no' })]
  expect(broken([1], { calls })).toEqual(['a write was refused, and took effect'])
})

test('a write that took effect twice is found, and one that nobody made', () => {
  expect(broken([1, 2, 1], { calls: [write(1, 9, 1), write(1, 9, 2)] })).toEqual([
    'the write of 1 took effect twice',
  ])
  expect(broken([7], { calls: [read(1, 2, 7)] })).toEqual(['the server holds 7, which nobody wrote'])
})

test('writes that took effect against the order of their times are found', () => {
  const calls = [write(1, 2, 1), write(3, 4, 2)]
  expect(broken([2, 1], { calls })).toEqual([expect.stringContaining('no time is left')])
})

test('a write of unknown outcome that took effect after a later call was answered is found, and none before', () => {
  const unknown = write(1, 3, 1, { outcome: 'unknown' })
  const calls = [unknown, read(4, 6, undefined), write(8, 9, 2)]
  expect(broken([1, 2], { calls })).toEqual([])
  expect(broken([2, 1], { calls })).toEqual([expect.stringContaining('no time is left')])
})

test('a put of unknown outcome may take effect after its rejection, until the store has answered again', () => {
  const more = { outcome: 'unknown' } as const
  const process = { operations: [write(1, 3, 1, more)], calls: [write(1, 3, 1, more), read(8, 12, 1)] }
  expect(broken([2, 1], process, { calls: [write(4, 6, 2)] })).toEqual([])
})

test('a load that answered what was overwritten before it began is found, and one that answered nothing', () => {
  const calls = [write(1, 2, 1), write(3, 4, 2)]
  expect(broken([1, 2], { calls: [...calls, read(5, 6, 1)] })).toEqual([
    expect.stringContaining('no time is left'),
  ])
  expect(broken([1, 2], { calls: [...calls, read(5, 6, undefined)] })).toEqual([
    'a read answered absence, while the server held the key',
  ])
  expect(broken([1, 2], { calls: [...calls, read(5, 6, 9)] })).toEqual([
    'a read answered what the server never held',
  ])
})

test('a remove that found a key which stayed is found, one that missed a key that was there, and an absence from nowhere', () => {
  const calls = [write(1, 2, 1)]
  expect(broken([1], { calls: [...calls, remove(3, 4, true)] })).toEqual([
    'a remove that found the key is not in the log of the server',
  ])
  expect(broken([1], { calls: [...calls, remove(3, 4, false)] })).toEqual([
    'a remove found no key, while the server held it',
  ])
  expect(broken([1, undefined], { calls })).toEqual([
    expect.stringContaining('which no remove can have made'),
  ])
})

const REPLACED = { calls: [write(1, 2, 1), write(10, 11, 2)] }

test('a hit on what was replaced before the last change told is found, whatever told it', () => {
  for (const type of ['keys', 'all', 'up', 'down'] as const) {
    const reader = { operations: [read(20, 20, 1, { hit: true })], changes: [told(15, type)] }
    expect(broken([1, 2], REPLACED, reader)).toEqual([
      `a read answered what was replaced before the last '${type}'`,
    ])
  }
})

test('while a cache is down each read has to ask the server anew, which it need not while it is up', () => {
  const operations = [read(20, 25, 1)]
  expect(broken([1, 2], REPLACED, { operations, changes: [told(5, 'up')] })).toEqual([])
  expect(broken([1, 2], REPLACED, { operations, changes: [told(5, 'down')] })).toHaveLength(1)
})

test('a read that goes backwards is found, after a read and after a write of the same process', () => {
  const less = 'a read answered less than what this process had read or written before'
  const reads = [read(12, 13, 2), read(20, 20, 1)]
  expect(broken([1, 2], REPLACED, { operations: reads })).toEqual([less])
  const own = { calls: [write(10, 11, 2)], operations: [write(9, 12, 2), read(20, 20, 1)] }
  expect(broken([1, 2], { calls: [write(1, 2, 1)] }, own)).toEqual([less])
  const removes = { calls: [remove(10, 11, true)], operations: [remove(9, 12, true), read(20, 20, 1)] }
  expect(broken([1, undefined], { calls: [write(1, 2, 1)] }, removes)).toEqual([less])
})

test('a hit that outlives its bound is found, but for the time that its process stood still', () => {
  const operations = [read(1500, 1500, 1, { hit: true })]
  expect(broken([1, 2], REPLACED, { operations })).toEqual([expect.stringContaining('replaced')])
  const standstills = [{ at: 1400, lasted: 800 }]
  expect(broken([1, 2], REPLACED, { operations, standstills } as Part)).toEqual([])
})

test('what a loss took away is read no more', () => {
  const writer = { calls: [write(1, 2, 1)] }
  expect(
    broken([1, 'loss'], writer, { operations: [read(70, 70, 1)], changes: [told(65, 'all')] }),
  ).toHaveLength(1)
  expect(broken([1, 'loss'], { calls: [...writer.calls, read(70, 71, 1)] })).toHaveLength(1)
})

test('a call without an answer in time is found', () => {
  const never = Number.POSITIVE_INFINITY
  expect(broken([], { operations: [read(1, never, undefined, { outcome: 'failed' })] })).toEqual([
    expect.stringContaining('no answer within'),
  ])
})

test('a conditional write that another came before is found, of a version and of a value, and a refusal without a reason', () => {
  const log = [1, 2, 3].map((value) => ({ key: 'k', value, version: `v${value}` }))
  const calls = [write(1, 2, 1), write(3, 4, 2)]
  const storeIf = (before: Before, more = {}) => write(5, 6, 3, { before, ...more })
  for (const before of [{ version: 'v2' }, { value: 2 }, { present: true }]) {
    expect(broken(log, { calls: [...calls, storeIf(before)] })).toEqual([])
  }
  for (const before of [{ version: 'v1' }, { version: undefined }, { value: 1 }, { present: false }]) {
    for (const outcome of ['ok', 'unknown'] as const) {
      expect(broken(log, { calls: [...calls, storeIf(before, { outcome })] })).toEqual([
        'a conditional write replaced something else than it was to',
      ])
    }
  }
  const refused = { outcome: 'no', refused: true } as const
  expect(broken(log.slice(0, 2), { calls: [...calls, storeIf({ version: 'v1' }, refused)] })).toEqual([])
  expect(broken(log.slice(0, 2), { calls: [...calls, storeIf({ version: 'v2' }, refused)] })).toEqual([
    'a conditional write was refused, while what it expects was there',
  ])
  expect(broken(log.slice(0, 2), { calls: [write(1, 2, 1), write(3, 4, 2, refused)] })).toEqual([
    'the server holds 2, which nobody wrote',
  ])
})

test('a conditional remove of something else than was there is found, and an entry whose version is another', () => {
  const log = [{ key: 'k', value: 1, version: 'v1' }, undefined]
  const removeIf = (version: string) => ({ ...remove(3, 4, true), before: { version } })
  expect(broken(log, { calls: [write(1, 2, 1), removeIf('v1')] })).toEqual([])
  expect(broken(log, { calls: [write(1, 2, 1), removeIf('v0')] })).toEqual([
    'a conditional remove removed something else than it was to',
  ])
  expect(broken(log.slice(0, 1), { calls: [write(1, 2, 1), read(3, 4, 1, { version: 'v0' })] })).toEqual([
    'an entry has another version than its write gave, or its reader was told',
  ])
})

test('an absence needs no remove when a time was up, and none before it was; a hit after that is found', () => {
  const log = (expiresAt: number) => [
    { key: 'k', value: 1, expiresAt },
    { key: 'k', value: undefined, isExpiry: true },
  ]
  const calls = [write(1, 2, 1)]
  expect(broken(log(50), { calls: [...calls, read(60, 61, undefined)] })).toEqual([])
  const early = read(60, 61, undefined)
  expect(broken(log(20_000_000), { calls: [...calls, early] })).toEqual([
    'a read answered absence, while the server held the key',
  ])
  const hit = (at: number) => ({ operations: [read(at, at, 1, { hit: true })] })
  expect(broken(log(50), { calls }, hit(65))).toEqual([])
  expect(broken(log(50), { calls }, hit(75))).toEqual([expect.stringContaining('a hit on what had expired')])
  expect(broken([...log(50).slice(0, 1), { persists: 'k' }], { calls }, hit(75))).toEqual([])
})

test('what a failover lost may have been acknowledged and read, until the caches had to know, and not beyond', () => {
  const calls = [write(1, 2, 1), write(21, 22, 2), remove(23, 24, true), write(40, 41, 3)]
  const reads = (at: number) => ({
    operations: [read(22, 23, 2), read(25, 26, undefined), read(at, at, 2), read(50, 51, 3)],
  })
  expect(brokenAfterLoss([1, 3], [2, undefined], { calls }, reads(29))).toEqual([])
  expect(brokenAfterLoss([1, 3], [2, undefined], { calls }, reads(1031))).toEqual([
    'a read answered what the server did not hold, then or before',
  ])
  expect(brokenAfterLoss([1], [2], { calls })).not.toEqual([])
  expect(brokenAfterLoss([1, 3], [2], { calls: calls.slice(0, 2) })).not.toEqual([])
})
