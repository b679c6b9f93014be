import { expect, test } from 'vitest'
import { TroubledClients } from '../../src/workloads/troubled-clients.ts'

test('after operations of every kind that failed, were aborted or timed out, no key is in use', async () => {
  const clients = new TroubledClients({ keys: 2000, capacity: 100, seed: 1 })
  for (let part = 0; part < 2; part++) await clients.run(10_000)
  expect(clients.isBusy()).toBe(false)
  expect(clients.cache.size).toBeLessThanOrEqual(100)
  const { endings } = clients
  for (const ending of [
    'answered',
    'WRITE_FAILURE',
    'READ_FAILURE',
    'STORE_FULL',
    'ABORTED',
    'TIMEOUT',
    'PARTLY',
  ])
    expect(endings[ending], ending).toBeGreaterThan(10)
  expect(Object.values(endings).reduce((sum, times) => sum + times)).toBe(20_000)
})
