import { ErrorReply } from '@redis/client'
import { expect, test } from 'vitest'
import { translateError } from '../src/translate-error.ts'

test('each answer of a server has its code, and a write so answered was not carried out', () => {
  const operation = { name: 'store', kind: 'write', key: 'k' } as const
  const codes = Object.entries({
    'OOM command not allowed': 'STORE_FULL',
    "READONLY You can't write against a read only replica.": 'READ_ONLY',
    'LOADING Redis is loading the dataset in memory': 'UNAVAILABLE',
    'MASTERDOWN Link with MASTER is down': 'UNAVAILABLE',
    'NOREPLICAS Not enough good replicas to write.': 'UNAVAILABLE',
    'CLUSTERDOWN The cluster is down': 'UNAVAILABLE',
    'MOVED 3999 127.0.0.1:6381': 'UNAVAILABLE',
    'ASK 3999 127.0.0.1:6381': 'UNAVAILABLE',
    'TRYAGAIN Multiple keys request during rehashing of slot': 'UNAVAILABLE',
    'NOAUTH Authentication required.': 'UNAVAILABLE',
    'WRONGPASS invalid username-password pair': 'UNAVAILABLE',
    'BUSY Redis is busy running a script.': 'BUSY',
    'MISCONF Errors writing to the AOF file': 'WRITE_FAILURE',
    "NOPERM this user has no permissions to run the 'set' command": 'WRITE_FAILURE',
    'ERR something else': 'WRITE_FAILURE',
  })
  for (const [said, code] of codes) {
    const error = translateError(new ErrorReply(said), operation, new Set())
    expect(error, said).toMatchObject({ code, applied: 'no', key: 'k' })
    expect(error.message).toContain(`store of "k": the server says "${said}"; `)
  }
  expect(translateError(new Error('socket'), operation, new Set())).toMatchObject({
    code: 'UNAVAILABLE',
    applied: 'unknown',
  })
  const repeated = "ERR unknown command 'SET', with args beginning with: 'k' 'a value'"
  expect(translateError(new ErrorReply(repeated), operation, new Set()).message).not.toContain('a value')
})
