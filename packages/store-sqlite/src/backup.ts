import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { keyText, StoreError } from '@wt/core'
import type { EntryTable } from './entry-table.ts'
import { dropLeases } from './lease-table.ts'
import { checkPath } from './options.ts'
import type { StoreClass } from './row.ts'

/**
 * Copies the database by VACUUM INTO: one statement that both drivers have, of one moment, which no writer disturbs, where
 * the page-wise backup of either driver begins anew whenever another process writes. Made beside `path` and renamed when it is
 * whole and on the disk, so that a crash leaves no half of it under that name.
 */
export function backUp(table: EntryTable, store: StoreClass, path: string): void {
  const target = checkPath(store, path)
  const temporary = `${target}.${randomUUID()}.tmp`
  assertFree(target)
  try {
    write(target, () => closeSync(openSync(temporary, 'wx', 0o600)))
    const operation = { name: `backup to ${keyText(target)}`, kind: 'write', applied: 'no' } as const
    table.attempt(operation, (connection) => {
      connection.prepare('VACUUM INTO ?').run(temporary)
      dropLeases(connection, temporary)
    })
    write(target, () => sync(temporary))
    // Looked at again, for a copy of a large database takes long. A file made in this very instant would be replaced.
    assertFree(target)
    write(target, () => renameSync(temporary, target))
  } catch (error) {
    // What there is of it is of no use.
    rmSync(temporary, { force: true })
    throw error
  }
  write(target, () => syncDirectory(dirname(target)), 'unknown')
}

function assertFree(target: string): void {
  if (!existsSync(target)) return
  const message = `backup to ${keyText(target)}: something is there already, and was left as it is; give a new path`
  throw new StoreError('WRITE_FAILURE', message, { applied: 'no' })
}

function write(target: string, step: () => void, applied: 'no' | 'unknown' = 'no'): void {
  try {
    step()
  } catch (cause) {
    // The file system's own error names neither the operation nor what to do.
    const message = `backup to ${keyText(target)}: ${(cause as Error).message}; check the directory and the room on its disk`
    throw new StoreError('WRITE_FAILURE', message, { cause, applied })
  }
}

function syncDirectory(path: string): void {
  // Windows opens no directories, and keeps their entries by itself.
  if (process.platform !== 'win32') sync(path, 'r')
}

function sync(path: string, flags: 'r' | 'r+' = 'r+'): void {
  const descriptor = openSync(path, flags)
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
