import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Contender } from '../measure/contender.ts'
import { batchAt, type Dataset } from '../workloads/dataset.ts'

/** `batch` values in one write at the end of one file, and one fdatasync: nothing durable is cheaper in system calls. */
export function appendAndSync(directory: string, dataset: Dataset, batch: number): Contender {
  const file = openSync(join(directory, 'log'), 'a')
  return {
    operation(index) {
      const values = batchAt(dataset, index, batch).map(([, value]) => value)
      writeAll(file, values.join(''))
      fdatasyncSync(file)
    },
    close: () => closeSync(file),
  }
}

/**
 * A crash-safe file, written out by hand: temporary file, write, fsync, close, rename, fsync of the directory (once a
 * batch). Not `durable`: without the fsyncs.
 */
export function replaceFiles(
  directory: string,
  dataset: Dataset,
  { batch, durable }: { readonly batch: number; readonly durable: boolean },
): Contender {
  // As in the store, there is an older file to replace.
  fill(directory, dataset)
  return {
    operation(index) {
      for (const [key, value] of batchAt(dataset, index, batch)) {
        const temporary = join(directory, `temporary-${key}`)
        const file = openSync(temporary, 'wx')
        writeAll(file, value)
        if (durable) fsyncSync(file)
        closeSync(file)
        renameSync(temporary, join(directory, key))
      }
      if (durable) syncDirectory(directory)
    },
    close() {},
  }
}

/** Opening a small file, reading it whole and closing it; `listed`: after listing its directory. */
export function readFiles(directory: string, dataset: Dataset, listed: boolean): Contender {
  fill(directory, dataset)
  const length = dataset.values[0]!.length
  return {
    operation(index) {
      if (listed && readdirSync(directory).length < dataset.keys.length)
        throw new Error('readdirSync: too few')
      const text = readFileSync(join(directory, dataset.keyAt(index)), 'utf8')
      if (text.length !== length)
        throw new Error(`readFileSync: ${dataset.keyAt(index)} is not what was written`)
    },
    close() {},
  }
}

function fill(directory: string, dataset: Dataset): void {
  for (const [key, value] of dataset.entries()) writeFileSync(join(directory, key), value)
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
}

function syncDirectory(path: string): void {
  // Windows opens no directories; there the limit is the protocol without this step.
  if (process.platform === 'win32') return
  const directory = openSync(path, 'r')
  fsyncSync(directory)
  closeSync(directory)
}
