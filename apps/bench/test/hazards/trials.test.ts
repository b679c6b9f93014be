import { expect, test } from 'vitest'
import type { Peer } from '../../src/hazards/peer.ts'
import { HAZARDS } from '../../src/hazards/hazards.ts'
import { judge } from '../../src/hazards/trials.ts'
import { peer as broken } from '../fixtures/broken-peer.ts'
import { peer as naive } from '../fixtures/naive-peer.ts'

const NOWHERE = 'no peer is installed for these'
const SHORT_MS = 300
const hazard = (id: string): (typeof HAZARDS)[number] => HAZARDS.find((each) => each.id === id)!
const inForms = (...forms: string[]): Peer => ({ ...broken, forms })

test.each([
  ['hangs', 'hangs: error: it did not end within 0.3 s'],
  ['ends the process', 'ends the process: error: its process ended (exit code 3)'],
  ['throws', 'throws: error: not like this'],
])('a library that %s is an error, never safe and never a hazard', async (form, detail) => {
  const result = await judge(hazard('H9'), inForms(form), NOWHERE, SHORT_MS)
  expect(result).toEqual({ peer: 'broken', version: '1.0.0', verdict: 'error', avoidable: false, detail })
})

test('a form that could not be tried leaves no verdict of safe by another that was', async () => {
  const result = await judge(hazard('H9'), inForms('works', 'throws'), NOWHERE, SHORT_MS)
  expect(result.verdict).toBe('error')
  expect(result.detail).toMatch(/^works: safe: .*; throws: error: not like this$/)
})

test('what a library lacks is not applicable, with its reason', async () => {
  const result = await judge(hazard('H3'), broken, NOWHERE)
  expect(result).toMatchObject({ verdict: 'not applicable', detail: 'it has none' })
})

test('a hazard of every form is told once, with the names of the forms', async () => {
  const result = await judge(hazard('H9'), { ...naive, forms: ['one', 'other'] }, NOWHERE)
  expect(result).toMatchObject({ verdict: 'hazard', avoidable: false })
  expect(result.detail).toMatch(/^one, other: hazard: [^;]*$/)
})
