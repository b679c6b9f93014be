import { expect, test } from 'vitest'
import { findViolation, type Held, type Operation } from '../src/histories/register.ts'
import { randomFrom } from '../src/random.ts'

const SEED = 11

test('an answer is found wrong exactly when no order of the operations explains it', () => {
  const random = randomFrom(SEED)
  let wrong = 0
  for (let round = 0; round < 3000; round++) {
    const history = randomHistory(random)
    const isExplained = searchOrders(history)
    if (!isExplained) wrong++
    expect(
      findViolation(history) === undefined,
      `seed ${SEED}, history ${round}: ${JSON.stringify(history)}`,
    ).toBe(isExplained)
  }
  // Both kinds, or nothing was compared.
  expect(wrong).toBeGreaterThan(300)
  expect(wrong).toBeLessThan(2700)
})

test('the evidence is itself a history that no order explains', () => {
  const random = randomFrom(SEED)
  for (let round = 0; round < 1000; round++) {
    const violation = findViolation(randomHistory(random))
    if (violation === undefined || violation.operation.kind === 'write') continue
    expect(violation.evidence).toContain(violation.operation)
    expect(violation.allowed).not.toContain((violation.operation as { value: Held }).value)
  }
})

/** Up to six operations with intervals at random; reads answer something that was written, mostly. */
function randomHistory(random: () => number): Operation[] {
  const below = (limit: number) => Math.floor(random() * limit)
  const count = 2 + below(5)
  const times = Array.from({ length: 2 * count }, (_, index) => index)
  const operations: Operation[] = []
  for (let number = 0; number < count; number++) {
    const [a, b] = [0, 1].map(() => times.splice(below(times.length), 1)[0]!) as [number, number]
    const timed = { text: `operation ${number}`, calledAt: Math.min(a, b), answeredAt: Math.max(a, b) }
    if (random() < 0.5) operations.push({ ...timed, kind: 'read', value: below(count) })
    else if (random() < 0.7) operations.push({ ...timed, kind: 'write', value: number })
    else operations.push({ ...timed, kind: 'write', value: undefined, existed: random() < 0.5 })
  }
  // An absent answer now and then.
  for (const operation of operations) {
    if (operation.kind === 'read' && random() < 0.4) operation.value = undefined
  }
  return operations
}

/** By trying every order that respects the times, and that of the calls among writes. */
function searchOrders(left: readonly Operation[], state: Held = undefined): boolean {
  if (left.length === 0) return true
  const firstAnswer = Math.min(...left.map(({ answeredAt }) => answeredAt))
  return left.some((operation) => {
    if (operation.calledAt > firstAnswer) return false
    const others = left.filter((other) => other !== operation)
    if (operation.kind === 'read') return operation.value === state && searchOrders(others, state)
    if (others.some((other) => other.kind === 'write' && other.calledAt < operation.calledAt)) return false
    if (operation.existed !== undefined && operation.existed !== (state !== undefined)) return false
    return searchOrders(others, operation.value)
  })
}
