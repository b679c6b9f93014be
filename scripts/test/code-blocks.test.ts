import { expect, test } from 'vitest'
import { runnableBlocks } from '../lib/code-blocks.ts'

const FENCE = '```'

function markdown(...lines: string[]): string {
  return lines.join('\n').replaceAll('FENCE', FENCE)
}

test('ts and js blocks run, in their order; others do not', () => {
  const text = markdown(
    '# A',
    'FENCEts',
    'one()',
    'FENCE',
    'FENCEsh',
    'no',
    'FENCE',
    'FENCEjs',
    'two()',
    'FENCE',
  )
  expect(runnableBlocks(text)).toEqual([
    { line: 2, extension: 'ts', fileName: undefined, text: 'one()\n' },
    { line: 8, extension: 'js', fileName: undefined, text: 'two()\n' },
  ])
})

test('a block below a reason not to run is left out, and no other is', () => {
  const text = markdown(
    '<!-- not run: needs a server -->',
    '',
    'FENCEts',
    'one()',
    'FENCE',
    'FENCEts',
    'two()',
    'FENCE',
  )
  expect(runnableBlocks(text).map((block) => block.text)).toEqual(['two()\n'])
})

test('a first line that names a file is the name of the block', () => {
  const [block] = runnableBlocks(markdown('FENCEts', '// my-store.test.ts', 'one()', 'FENCE'))
  expect(block?.fileName).toBe('my-store.test.ts')
})

test('a fence within a longer fence is text', () => {
  expect(runnableBlocks(markdown('````md', 'FENCEts', 'one()', 'FENCE', '````'))).toEqual([])
})

test.each([
  ['gives no reason', ['<!-- not run -->', 'FENCEts', 'FENCE'], 'line 1: say why'],
  ['stands above no block', ['<!-- not run: why -->', 'text', 'FENCEts', 'FENCE'], 'above no code block'],
  ['stands at the end', ['<!-- not run: why -->'], 'above no code block'],
])('a comment that %s is an error, not a block that is skipped', (_what, lines, message) => {
  expect(() => runnableBlocks(markdown(...lines))).toThrow(message)
})

test('a fence that is not closed is an error', () => {
  expect(() => runnableBlocks(markdown('FENCEts', 'one()'))).toThrow('line 1: the fence is not closed')
})
