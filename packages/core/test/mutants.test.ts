import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mutants } from './mutants/mutants.ts'

// That each is noticed by its test takes minutes: `pnpm mutants`.
test('each rule that a mutant takes away stands in one place of its source', () => {
  expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length)
  for (const { id, file, find, replace } of mutants) {
    const source = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
    expect(source.split(find).length - 1, `places of ${id} in ${file}: adapt test/mutants`).toBe(1)
    expect(replace, id).not.toBe(find)
  }
})
