import { expect, test } from 'vitest'
import { slotOf } from '../src/cluster/slot.ts'
import { leaseName } from '../src/leases.ts'
import { Names } from '../src/names.ts'
import { connectAdmin, describeOnRedis, openStore, startServer } from './fixtures.ts'

test('the lease of a key is no key, under the prefix, and in the slot of the key', () => {
  const seen = new Set<string>()
  for (const prefix of ['', 'app:', '{app}:']) {
    const names = new Names(prefix)
    for (const key of ['', 'key', 'lease', 'ключ', '\u0000', '{tag}', 'a{tag}b', '{{tag}}', '{tag}}{']) {
      const name = names.nameOf('acquireLease', key)
      const lease = leaseName(prefix, name)
      expect(names.keyOf(lease), `${prefix} and ${key}`).toBeUndefined()
      expect(names.isCanary(lease)).toBe(false)
      expect(lease.toString('latin1')).toMatch(prefix)
      expect(lease.indexOf(prefix)).toBe(0)
      // An empty name has an empty tag, which is none.
      if (name !== '') expect(slotOf(lease), `${prefix} and ${key}`).toBe(slotOf(name))
      expect(seen.has(lease.toString('latin1')), `another key's lease for ${prefix} and ${key}`).toBe(false)
      seen.add(lease.toString('latin1'))
    }
  }
})

test('braces that make no tag make no lease that is a key, or two of one', () => {
  const names = new Names('a{')
  const leases = ['', '{', '}', '{}', 'b', '}b', '{}b', 'b{'].map((key) =>
    leaseName('a{', names.nameOf('acquireLease', key)),
  )
  expect(leases.map((lease) => names.keyOf(lease))).toEqual(leases.map(() => undefined))
  expect(new Set(leases.map(String)).size).toBe(leases.length)
})

describeOnRedis('leases', () => {
  test('are there with versions, last as long as asked for, and are told to nobody as a change', async () => {
    const server = await startServer()
    const admin = await connectAdmin(server.url)
    const options = { prefix: 'p:', versions: true }
    const [store, other] = [openStore<number>(server.url, options), openStore<number>(server.url, options)]
    const plain = openStore(server.url)
    expect(plain.acquireLease ?? plain.releaseLease).toBeUndefined()
    const told: unknown[] = []
    const isUp = Promise.withResolvers<void>()
    const isTold = Promise.withResolvers<void>()
    await other.subscribe!((change) => {
      if (change.type === 'up') isUp.resolve()
      else told.push(change)
      if (change.type === 'keys') isTold.resolve()
    })
    await isUp.promise
    expect(await store.acquireLease!('key', 'one', 60_000)).toBe(true)
    expect(await other.acquireLease!('key', 'two', 60_000)).toBe(false)
    const [name] = (await admin.keys('*lease*')) as string[]
    const lease = leaseName('p:', 'p:key')
    const leftMs = Number(await admin.sendCommand(['PTTL', lease]))
    expect(name).toContain('lease{p:key}')
    expect(leftMs).toBeGreaterThan(0)
    expect(leftMs).toBeLessThanOrEqual(60_000)
    const keys: string[] = []
    for await (const key of store.keys()) keys.push(key)
    expect(keys).toEqual([])
    await other.releaseLease!('key', 'two')
    expect(await other.acquireLease!('key', 'two', 60_000)).toBe(false)
    await store.releaseLease!('key', 'one')
    expect(await other.acquireLease!('key', 'two', 60_000)).toBe(true)
    // What is told comes in order: had the leases been, they would have been before.
    await store.store('key', 1)
    await isTold.promise
    expect(told).toEqual([{ type: 'down' }, { type: 'keys', keys: ['key'] }])
  })
})
