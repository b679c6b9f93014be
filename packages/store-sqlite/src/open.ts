import { StoreError } from '@wt/core'
import { adopt, type Connection, openFile, type Statement } from './driver.ts'
import type { Settings } from './options.ts'
import { setBusyTimeout, setDurability } from './pragmas.ts'
import { createSchema, hasSchema, SQL, type StatementName } from './schema.ts'
import { translateError } from './translate-error.ts'

export type Statements = Readonly<Record<StatementName, Statement>>

/** A connection that is set as the settings say, holds the tables, and has every statement compiled. */
export function open(settings: Settings): { connection: Connection; statements: Statements } {
  let connection: Connection | undefined
  try {
    connection = 'path' in settings.source ? openFile(settings.source.path) : adopt(settings.source.database)
    setBusyTimeout(connection, settings)
    // Looked at before anything is changed: a database that is refused stays as it is.
    const exists = hasSchema(connection)
    setDurability(connection, settings)
    if (!exists) createSchema(connection)
    return { connection, statements: prepareAll(connection) }
  } catch (cause) {
    // The caller gets no store that could be closed.
    if (settings.owned) connection?.close()
    if (StoreError.is(cause) || cause instanceof TypeError) throw cause
    throw translateError(cause, { name: 'open', kind: 'read', applied: 'no' })
  }
}

function prepareAll(connection: Connection): Statements {
  const prepared = Object.entries(SQL).map(([name, sql]) => [name, connection.prepare(sql)])
  return Object.fromEntries(prepared) as Statements
}
