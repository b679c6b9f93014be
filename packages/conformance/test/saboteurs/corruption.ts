import { hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '@wt/core'
import type { FileStore } from '../fixtures/file-store.ts'
import { inFiles, type Saboteur } from './sabotage.ts'

const corrupt = (key: string) => new StoreError('CORRUPT', 'load: damaged', { key })

/** What a record holds, without a look at its checksum. */
function unverified(right: FileStore, key: string): [owner: string, value: Buffer] | undefined {
  const path = right.pathOf(key)
  if (!existsSync(path)) return undefined
  const body = readFileSync(path).subarray(32)
  if (body.length < 4) throw corrupt(key)
  const end = 4 + body.readUInt32LE(0)
  return [body.toString('utf8', 4, end), body.subarray(end + VERSION_BYTES)]
}

/** Stands in a record between key and value. */
const VERSION_BYTES = 32

/** What a damaged record is answered with. */
function whenCorrupt(
  kills: string,
  fault: string,
  answer: (key: string, right: FileStore) => unknown,
): Saboteur {
  return inFiles(kills, fault, (right) => ({
    load(key) {
      try {
        return right.load(key)
      } catch (error) {
        if (!StoreError.is(error) || error.code !== 'CORRUPT') throw error
        return answer(key, right)
      }
    },
  }))
}

export const corruption: readonly Saboteur[] = [
  whenCorrupt('corruption/flipped-bit', 'takes a damaged record for absent', () => undefined),
  whenCorrupt('corruption/flipped-bit', 'does not look at the checksum', (key, right) => {
    return unverified(right, key)?.[1].toString()
  }),
  whenCorrupt('corruption/flipped-bit', 'says READ_FAILURE of a damaged record', (key) => {
    throw new StoreError('READ_FAILURE', 'load: damaged', { key })
  }),
  inFiles('corruption/emptied', 'takes an empty file for an absent key', (right) => ({
    load: (key) =>
      existsSync(right.pathOf(key)) && readFileSync(right.pathOf(key)).length === 0
        ? undefined
        : right.load(key),
  })),
  inFiles('corruption/emptied', 'takes what is shorter than a checksum for null', (right) => ({
    load: (key) =>
      existsSync(right.pathOf(key)) && readFileSync(right.pathOf(key)).length < 32 ? null : right.load(key),
  })),
  inFiles('corruption/hides-no-other', 'reads nothing more once a record was damaged', (right) => {
    let isDamaged = false
    return {
      load(key) {
        if (isDamaged) throw corrupt(key)
        try {
          return right.load(key)
        } catch (error) {
          isDamaged = true
          throw error
        }
      },
    }
  }),
  inFiles('corruption/healed-by-store', 'reads the old record before it writes over it', (right) => ({
    store(key, value) {
      right.load(key)
      right.store(key, value)
    },
  })),
  inFiles('corruption/healed-by-store', 'does not write again what it has written already', (right) => ({
    store(key, value) {
      const noted = `${right.pathOf(key)}.written`
      const sum = hash('sha256', JSON.stringify(value ?? null))
      const isThere = existsSync(right.pathOf(key)) && existsSync(noted)
      if (isThere && readFileSync(noted, 'utf8') === sum) return
      right.store(key, value)
      writeFileSync(noted, sum)
    },
  })),
  whenCorrupt('corruption/zeroed', 'takes zeros for absent', (key, right) => {
    if (unverified(right, key)?.[1].includes(0)) return undefined
    throw corrupt(key)
  }),
  whenCorrupt('corruption/cut-off', 'takes a short record for absent', (key, right) => {
    if (unverified(right, key)![1].length < 20) return undefined
    throw corrupt(key)
  }),
  inFiles('corruption/batch-read-tells', 'leaves damaged records out of a batch', (right) => ({
    loadMany(keys) {
      const found = new Map<string, unknown>()
      for (const key of keys) {
        try {
          const value = right.load(key)
          if (value !== undefined) found.set(key, value)
        } catch {
          // The fault: what cannot be read is left out.
        }
      }
      return found
    },
  })),
  inFiles('corruption/exchanged-files', 'does not look whose record it is', (right) => ({
    load: (key) =>
      existsSync(right.pathOf(key)) ? right.codec.decode(right.read(right.pathOf(key))[1]) : undefined,
  })),
  inFiles('corruption/random-flips', 'fails with a plain Error on a damaged header', (right) => ({
    load(key) {
      const damaged = readdirSync(right.location).filter((name) => name.endsWith('.record'))
      for (const name of damaged) {
        const length = readFileSync(join(right.location, name)).readUInt32LE(32)
        if (length > 100) throw new RangeError('offset is out of range')
      }
      return right.load(key)
    },
  })),
]
