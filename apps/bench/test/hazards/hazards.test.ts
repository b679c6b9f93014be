import { expect, test } from 'vitest'
import { peer as ours } from '../../src/hazards/adapters/ours.ts'
import { HAZARDS } from '../../src/hazards/hazards.ts'
import { judge } from '../../src/hazards/trials.ts'
import { tryHazard } from '../../src/hazards/trial.ts'
import { peer as naive } from '../fixtures/naive-peer.ts'

const NOWHERE = 'no peer is installed for these'
/** The unhandled rejection of H11 would end the tests' own process. */
const inProcess = HAZARDS.filter(({ id }) => id !== 'H11')
const setting = { peersDirectory: NOWHERE, limitMs: 10_000 }

test('there are twelve hazards, H1 to H12', () => {
  expect(HAZARDS.map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, index) => `H${index + 1}`))
})

test.each(inProcess)('ours is safe from $id: $title', async (hazard) => {
  expect(ours.lacks).toEqual({})
  for (const form of ours.forms) {
    expect(await tryHazard(hazard, ours, { form, ...setting })).toMatchObject({ happened: false })
  }
})

test.each(inProcess)('a naive cache has $id: $title', async (hazard) => {
  const observation = await tryHazard(hazard, naive, { form: 'as it comes', ...setting })
  expect(observation).toMatchObject({ happened: true })
})

test('ours leaves no rejection unhandled in the background, a naive cache does', async () => {
  const hazard = HAZARDS.find(({ id }) => id === 'H11')!
  const [good, bad] = await Promise.all([judge(hazard, ours, NOWHERE), judge(hazard, naive, NOWHERE)])
  expect(good).toMatchObject({ verdict: 'safe', avoidable: false })
  expect(good.detail).toContain('no unhandled rejection')
  expect(bad).toMatchObject({ verdict: 'hazard', avoidable: false })
  expect(bad.detail).toContain('unhandled rejection: the store failed to write key')
})
