import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseTrace, readTrace, TraceError } from '../../src/traces/read-trace.ts'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'wt-bench-test-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

test('each key stands once, each request points to its key', () => {
  const { keys, requests } = parseTrace('7\n8\n7\n', 'small')
  expect(keys).toEqual(['7', '8'])
  expect([...requests]).toEqual([0, 1, 0])
})

test('a line that begins with * is no request', () => {
  const { keys, requests } = parseTrace('*\n1\n* 99\n2\n*', 'small')
  expect(keys).toEqual(['1', '2'])
  expect([...requests]).toEqual([0, 1])
})

test('a line may end as on Windows, and the last need not end', () => {
  expect([...parseTrace('1\r\n2\r\n1', 'small').requests]).toEqual([0, 1, 0])
})

test.each(['x', '-1', '1.5', '1 2', '', '0x10'])(
  '%j between two requests is refused, and the line is named',
  (line) => {
    expect(() => parseTrace(`1\n${line}\n2`, 'small')).toThrow(TraceError)
    expect(() => parseTrace(`1\n${line}\n2`, 'small')).toThrow(
      /^trace small, line 2: .* is no decimal key id/,
    )
  },
)

test('a trace without a request is refused', () => {
  expect(() => parseTrace('*\n', 'small')).toThrow('trace small holds no request')
})

test('a trace is read gzipped or not', () => {
  writeFileSync(join(directory, 'plain'), '1\n2\n')
  writeFileSync(join(directory, 'packed'), gzipSync('1\n2\n'))
  expect(readTrace(join(directory, 'packed'))).toEqual(readTrace(join(directory, 'plain')))
})

test('a file that is not there, or was cut off, is told with its path', () => {
  const packed = gzipSync('1\n2\n3\n')
  writeFileSync(join(directory, 'cut'), packed.subarray(0, packed.length - 9))
  expect(() => readTrace(join(directory, 'cut'))).toThrow(/^trace .*cut cannot be read/)
  expect(() => readTrace(join(directory, 'absent'))).toThrow(/^trace .*absent cannot be read.*ENOENT/)
})
