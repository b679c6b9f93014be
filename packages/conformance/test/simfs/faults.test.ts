import { constants } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import { SimFs } from '../../src/simfs/index.ts'
import { left, shown, sync, write } from './fixtures.ts'

let fileSystem: SimFs

beforeEach(() => {
  fileSystem = new SimFs()
})

test.each(['EIO', 'ENOSPC', 'EDQUOT', 'EMFILE', 'EACCES'] as const)(
  '%s is thrown in place of the call, with the code, call and path that Node gives it',
  (code) => {
    fileSystem.inject({ code, call: 'openSync' })
    const open = () => fileSystem.openSync('/a', constants.O_CREAT | constants.O_WRONLY)
    expect(open).toThrow(expect.objectContaining({ code, syscall: 'open', path: '/a' }))
    expect([shown(fileSystem), fileSystem.openDescriptors]).toEqual(['', 0])
    open()
    expect(shown(fileSystem)).toBe('/a=')
  },
)

describe('a fault strikes', () => {
  test('the operation with its number, or the first after it that fits', () => {
    fileSystem.inject({ code: 'EIO', operation: 2, call: 'mkdirSync' })
    fileSystem.mkdirSync('/0')
    fileSystem.mkdirSync('/1')
    fileSystem.readdirSync('/')
    expect(() => fileSystem.mkdirSync('/2')).toThrow('EIO')
    fileSystem.mkdirSync('/2')
  })

  test('the paths it names', () => {
    fileSystem.inject({ code: 'EIO', path: /b$/ })
    write(fileSystem, '/a', '')
    expect(() => write(fileSystem, '/b', '')).toThrow('EIO')
  })

  test('as often as it says', () => {
    write(fileSystem, '/a', 'new')
    fileSystem.inject({ code: 'EBUSY', call: 'renameSync', times: 3 })
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(() => fileSystem.renameSync('/a', '/b')).toThrow('EBUSY')
    }
    fileSystem.renameSync('/a', '/b')
    expect(shown(fileSystem)).toBe('/b=new')
    expect(() => fileSystem.inject({ code: 'EIO', times: 0 })).toThrow(RangeError)
  })

  test('no more once it is cleared', () => {
    fileSystem.inject({ code: 'EIO', times: Number.POSITIVE_INFINITY })
    expect(() => fileSystem.readdirSync('/')).toThrow('EIO')
    fileSystem.clearFaults()
    expect(fileSystem.readdirSync('/')).toEqual([])
  })

  test('and may have done what it denies', () => {
    write(fileSystem, '/a', 'new')
    fileSystem.inject({ code: 'EIO', call: 'renameSync', applied: true })
    expect(() => fileSystem.renameSync('/a', '/b')).toThrow('EIO')
    expect(shown(fileSystem)).toBe('/b=new')
    fileSystem.inject({ code: 'EIO', call: 'openSync', applied: true })
    expect(() => write(fileSystem, '/c', 'new')).toThrow('EIO')
    expect(shown(fileSystem)).toBe('/b=new /c=')
    expect(fileSystem.openDescriptors).toBe(0)
  })
})

test('a short write takes the first bytes, and says how many', () => {
  const descriptor = fileSystem.openSync('/a', constants.O_CREAT | constants.O_WRONLY)
  fileSystem.inject({ bytes: 2 })
  expect(fileSystem.writeSync(descriptor, Buffer.from('12345'))).toBe(2)
  expect(fileSystem.writeSync(descriptor, Buffer.from('345'))).toBe(3)
  expect(shown(fileSystem)).toBe('/a=12345')
})

describe('an fsync that fails', () => {
  beforeEach(() => {
    write(fileSystem, '/a', 'old!')
    for (const path of ['/a', '/']) sync(fileSystem, path)
    write(fileSystem, '/a', 'newer', 0)
    fileSystem.inject({ code: 'EIO', call: 'fsyncSync' })
    expect(() => sync(fileSystem, '/a')).toThrow('EIO')
  })

  test('leaves the bytes readable until the crash, and lies when it is tried again', () => {
    sync(fileSystem, '/a')
    expect(shown(fileSystem)).toBe('/a=newer')
    expect(left(fileSystem, 'dropped')).toEqual(['/a=old!0'])
  })

  test('is healed by writing the bytes anew', () => {
    write(fileSystem, '/a', 'newer', 0)
    sync(fileSystem, '/a')
    expect(left(fileSystem, 'adversarial')).toEqual(['/a=newer'])
  })
})

test('a directory sync that fails leaves the changes un-synced, and the next one keeps them', () => {
  write(fileSystem, '/a', '')
  fileSystem.inject({ code: 'EIO', call: 'fsyncSync' })
  expect(() => sync(fileSystem, '/')).toThrow('EIO')
  expect(left(fileSystem, 'dropped')).toEqual([''])
  sync(fileSystem, '/')
  expect(left(fileSystem, 'dropped')).toEqual(['/a='])
})

describe('a close that fails', () => {
  test('has closed, and lost the bytes that were not synced', () => {
    fileSystem.inject({ code: 'EDQUOT', call: 'closeSync' })
    expect(() => write(fileSystem, '/a', 'new')).toThrow('EDQUOT')
    expect(fileSystem.openDescriptors).toBe(0)
    expect(shown(fileSystem)).toBe('/a=')
    expect(left(fileSystem, 'process')).toEqual(['/a='])
  })

  test('loses nothing when all was synced, nor through a descriptor for reading', () => {
    const descriptor = fileSystem.openSync('/a', constants.O_CREAT | constants.O_WRONLY)
    fileSystem.writeSync(descriptor, Buffer.from('new'))
    fileSystem.fsyncSync(descriptor)
    fileSystem.inject({ code: 'EIO', call: 'closeSync' })
    expect(() => fileSystem.closeSync(descriptor)).toThrow('EIO')
    write(fileSystem, '/b', 'new')
    fileSystem.inject({ code: 'EIO', call: 'closeSync' })
    expect(() => fileSystem.closeSync(fileSystem.openSync('/b', constants.O_RDONLY))).toThrow('EIO')
    expect(shown(fileSystem)).toBe('/a=new /b=new')
  })
})
