/** The program of a child process: it does what the parent says, one thing at a time. */
import { Client, type ClientOptions, type ClientResult } from './client.ts'

export type Order =
  | { readonly type: 'open'; readonly options: ClientOptions }
  | { readonly type: 'fill' | 'warm' }
  | { readonly type: 'run'; readonly runMs: number }
export type Reply =
  | { readonly type: 'done'; readonly result?: ClientResult }
  | { readonly type: 'failed'; readonly message: string }

let client: Client | undefined

process.on('message', (order: Order) => {
  void answer(order)
})
// The parent is gone, or has enough.
process.on('disconnect', () => process.exit())
// Ctrl-C reaches the whole group; the parent ends its children itself.
process.on('SIGINT', () => {})

async function answer(order: Order): Promise<void> {
  let reply: Reply
  try {
    const result = await perform(order)
    reply = result === undefined ? { type: 'done' } : { type: 'done', result }
  } catch (error) {
    // Whatever went wrong is the parent's to report.
    reply = { type: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
  process.send?.(reply)
}

async function perform(order: Order): Promise<ClientResult | undefined> {
  if (order.type === 'open') {
    client = await Client.open(order.options)
    return undefined
  }
  if (order.type === 'run') return await client!.run(order.runMs)
  await client![order.type]()
  return undefined
}
