import { expect, test } from 'vitest'
import { redirectIn } from '../src/cluster/address.ts'
import { Canary } from '../src/cluster/canary.ts'
import { KeyLines } from '../src/cluster/key-lines.ts'
import { slotOf, slotOfPrefix } from '../src/cluster/slot.ts'
import { SlotTable } from '../src/cluster/slot-table.ts'
import { sharesIn, viewIn } from '../src/cluster/view.ts'
import { Names } from '../src/names.ts'

test('a prefix with a whole tag is one slot, any other is not', () => {
  expect(slotOfPrefix('users:{7}:')).toBe(slotOf('7'))
  for (const prefix of ['', 'users:', 'users:{', 'a}b', '{}', '{}{7}'])
    expect(slotOfPrefix(prefix)).toBe(undefined)
})

test('a redirect is read with the host that it names, or the one that was asked', () => {
  const of = (message: string) => redirectIn(new Error(message), '10.0.0.1:6379')
  expect(of('MOVED 3999 10.0.0.2:6381')).toEqual({ kind: 'MOVED', address: '10.0.0.2:6381' })
  expect(of('ASK 3999 node-2.example:6381')).toEqual({ kind: 'ASK', address: 'node-2.example:6381' })
  expect(of('MOVED 3999 fd00::2:6381')).toEqual({ kind: 'MOVED', address: 'fd00::2:6381' })
  expect(of('MOVED 3999 :6381')).toEqual({ kind: 'MOVED', address: '10.0.0.1:6381' })
  expect([of('ERR MOVED'), of('CLUSTERDOWN The cluster is down'), redirectIn(null, '')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test('CLUSTER SLOTS is read: a node without an endpoint is where it was asked', () => {
  const slots = [
    [0, 99, [Buffer.from('10.0.0.2'), 7000, Buffer.from('a'), {}], [null, 7001, Buffer.from('b'), {}]],
    [100, 100, [Buffer.from(''), 7002, Buffer.from('c'), {}]],
    [101, 16383, [Buffer.from('?'), 7003, Buffer.from('d'), { ip: Buffer.from('10.0.0.4') }]],
  ]
  expect(sharesIn(slots, '10.0.0.1:6379')).toEqual([
    { first: 0, last: 99, primary: '10.0.0.2:7000', replicas: ['10.0.0.1:7001'] },
    { first: 100, last: 100, primary: '10.0.0.1:7002', replicas: [] },
    { first: 101, last: 16383, primary: '10.0.0.4:7003', replicas: [] },
  ])
})

test('a node knows its own slots, and where those go that leave it', () => {
  const slots = [[0, 99, [Buffer.from('a.example'), 7000, Buffer.from('aa')]]]
  const nodes = [
    'aa 10.0.0.2:7000@17000,a.example myself,master - 0 0 5 connected 0-97 99 [98->-bb] [200-<-cc] [97->-aa]',
    'bb 10.0.0.3:7001@17001 master - 0 1700000000000 2 connected',
    'cc :7002@17002 master - 0 1700000000000 3 connected 100-16383',
    '',
  ].join('\n')
  const view = viewIn(slots, nodes, '10.0.0.2:7000')
  expect(view.own).toEqual([
    { first: 0, last: 97 },
    { first: 99, last: 99 },
  ])
  expect(view.moves).toEqual([
    { slot: 98, to: '10.0.0.3:7001' },
    { slot: 200, to: undefined },
    { slot: 97, to: 'a.example:7000' },
  ])
  // Pings and pongs do not change it; another epoch does.
  expect(viewIn(slots, nodes.replace('1700000000000', '1700000000001'), '').layout).toBe(view.layout)
  expect(viewIn(slots, nodes.replace('0 0 5', '0 0 6'), '').layout).not.toBe(view.layout)
})

test('a table counts the changes of owners, and forgets what is served no more', () => {
  const table = new SlotTable()
  const share = (first: number, last: number, primary: string) => ({
    first,
    last,
    primary,
    replicas: ['r:1'],
  })
  expect(table.isKnown).toBe(false)
  table.replace([share(0, 9, 'a:1'), share(10, 16383, 'b:1')])
  expect([table.ownerOf(9), table.ownerOf(10), table.owners(3), table.owners().size]).toEqual([
    'a:1',
    'b:1',
    new Set(['a:1']),
    2,
  ])
  const { version } = table
  table.replace([share(0, 9, 'a:1'), share(10, 16383, 'b:1')])
  expect(table.version).toBe(version)
  table.set(9, 'b:1')
  expect(table.version).toBe(version + 1)
  table.replace([share(0, 9, 'a:1')])
  expect([table.ownerOf(9), table.ownerOf(10), [...table.nodes]]).toEqual(['a:1', undefined, ['a:1', 'r:1']])
})

test('a canary is no key, and in a slot of its node, also of one that has a single slot', () => {
  for (const prefix of ['', 'p:', 'p{', '{}p:']) {
    const names = new Names(prefix)
    const canary = new Canary(names, slotOfPrefix(prefix))
    for (const slot of [0, 7000, 16383]) {
      const [command] = canary.commands({ own: [{ first: slot, last: slot }], moves: [] })
      const name = command![1] as Buffer
      expect([slotOf(name), names.isCanary(name), names.keyOf(name)]).toEqual([slot, true, undefined])
    }
  }
})

test('a canary keeps out of slots that are on their way, unless there is no other', () => {
  const canary = new Canary(new Names(''), undefined)
  const own = [{ first: 5, last: 6 }]
  const [first] = canary.commands({ own, moves: [{ slot: 5, to: 'b:1' }] })
  expect(slotOf(first![1] as Buffer)).toBe(6)
  const [asking, coming] = canary.commands({ own: [], moves: [{ slot: 9, to: undefined }] })
  expect([asking, slotOf(coming![1] as Buffer)]).toEqual([['ASKING'], 9])
  expect(() => canary.commands({ own: [], moves: [] })).toThrow('no slot')
  const tagged = new Canary(new Names('{t}:'), slotOf('t'))
  expect(() => tagged.commands({ own, moves: [] })).toThrow('no slot')
})

test('of a key one write goes at a time, reads go together, and all in the order in which they came', async () => {
  const lines = new KeyLines()
  const began: string[] = []
  const enter = (what: string, isWrite: boolean) => {
    const turn = lines.enter('k', isWrite)
    if (turn.after === undefined) began.push(what)
    else turn.after.then(() => began.push(what)).catch(() => began.push(`${what} fails`))
    return turn
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  const write = enter('w1', true)
  const reads = [enter('r1', false), enter('r2', false)]
  const second = enter('w2', true)
  expect(lines.enter('other', true).after).toBe(undefined)
  expect(began).toEqual(['w1'])
  // One that gives up while it waits lets nobody go before those before it.
  second.leave()
  const third = enter('w3', true)
  await settle()
  expect(began).toEqual(['w1'])
  write.leave()
  await settle()
  expect(began).toEqual(['w1', 'r1', 'r2'])
  reads[0]!.leave()
  await settle()
  expect(began.length).toBe(3)
  reads[1]!.leave()
  await settle()
  expect(began.at(-1)).toBe('w3')
  // A node that is away is told to all who wait behind, and to nobody who comes later.
  const fourth = enter('w4', true)
  third.leave(new Error('away'))
  await settle()
  expect(began.at(-1)).toBe('w4 fails')
  fourth.leave()
  await settle()
  expect(lines.enter('k', false).after).toBe(undefined)
})
