/** The thread of an AsyncSqliteStore: it opens the database, answers messages in their order, and closes it when told to. */
import { parentPort, workerData } from 'node:worker_threads'
import { StoreError } from '@wt/core'
import { answerCalls } from './answer-calls.ts'
import { EntryTable } from './entry-table.ts'
import {
  type AnswerMessage,
  type CallMessage,
  callsOf,
  outcomesMessage,
  type SentError,
  sentError,
} from './messages.ts'
import type { Settings } from './options.ts'

const port = parentPort!
const table = opened(workerData as Settings)

// Without a listener the thread ends by itself.
if (table !== undefined) port.on('message', (message: CallMessage) => answer(table, message))

function answer(table: EntryTable, message: CallMessage): void {
  if (message === 'close') {
    say({ type: 'closed', error: failureOf(() => table.close()) })
    port.close()
    return
  }
  const start = performance.now()
  const outcomes = outcomesMessage(answerCalls(table, callsOf(message)))
  const tookMs = performance.now() - start
  say({ type: 'answered', outcomes, tookMs }, outcomes.parcel === undefined ? [] : [outcomes.parcel])
}

function opened(settings: Settings): EntryTable | undefined {
  let table: EntryTable | undefined
  const error = failureOf(() => {
    table = new EntryTable(settings)
  })
  say({ type: 'opened', error })
  return table
}

function say(message: AnswerMessage, handedOver: ArrayBuffer[] = []): void {
  port.postMessage(message, handedOver)
}

function failureOf(run: () => void): SentError | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    // Anything else is a fault of this program, and ends the thread.
    if (!StoreError.is(error)) throw error
    return sentError(error)
  }
}
