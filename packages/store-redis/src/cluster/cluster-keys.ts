import { listKeys } from '../list-keys.ts'
import type { SenderSettings } from '../sender.ts'
import { NotSent } from '../translate-error.ts'
import type { ClusterNode } from './cluster-node.ts'
import type { ClusterNodes } from './cluster-nodes.ts'
import { SLOTS } from './slot.ts'
import type { Range, View } from './view.ts'

const PAUSE_MS = 50

/** Where keys can be, by what each node says of itself. */
interface Layout {
  readonly nodes: readonly ClusterNode[]
  readonly isMoving: boolean
  /** Is another whenever a slot has gone elsewhere, or back. */
  readonly text: string
}

/**
 * All keys of the Cluster, or of one slot, in pages, each once. A slot that moves meanwhile may take a key from a node that is to
 * come to one that has been: then all nodes are looked through anew. While the same slots are on their way all the time, a
 * second look is enough: a key that the first one missed had come to where it stays.
 */
export async function* clusterKeyPages(
  nodes: ClusterNodes,
  settings: SenderSettings,
  slot: number | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly string[], void, undefined> {
  const told = new Set<string>()
  let moving: string | undefined
  for (;;) {
    const before = await layoutOf(nodes, settings, slot)
    for (const { connection } of before.nodes) {
      const ask = async (command: readonly string[]) => {
        const page = await connection.send([command], signal)[0]
        return { page, runId: connection.runId }
      }
      yield* listKeys(settings.names, ask as Parameters<typeof listKeys>[1], told)
    }
    const after = await layoutOf(nodes, settings, slot)
    const isSame = before.text === after.text
    if (isSame && (!after.isMoving || moving === after.text)) return
    moving = isSame ? after.text : undefined
  }
}

/** Rejects with `NotSent` when in connectTimeoutMs not every slot has a node that says it is its own. */
async function layoutOf(
  nodes: ClusterNodes,
  settings: SenderSettings,
  slot: number | undefined,
): Promise<Layout> {
  const until = performance.now() + settings.connectTimeoutMs
  for (;;) {
    await nodes.refresh()
    const views = new Map<ClusterNode, View>()
    const see = async (node: ClusterNode) => void views.set(node, await node.view({ now: false }))
    await Promise.all(nodes.owners(slot).map(see))
    const moves = [...views.values()].flatMap((view) => view.moves)
    const targets = new Set(moves.flatMap(({ to }) => (to === undefined ? [] : [nodes.at(to)])))
    await Promise.all([...targets].filter((node) => !views.has(node)).map(see))
    if (
      isCovered(
        [...views.values()].flatMap(({ own }) => own),
        slot,
      )
    ) {
      const texts = [...views].map(([{ address }, { layout }]) => `${address} ${layout}`)
      return { nodes: [...views.keys()], isMoving: moves.length > 0, text: texts.sort().join('\n') }
    }
    if (performance.now() > until) {
      throw new NotSent('UNAVAILABLE', 'not every slot has a node that serves it; see CLUSTER INFO')
    }
    await new Promise((resolve) => {
      setTimeout(resolve, PAUSE_MS)
    })
  }
}

function isCovered(own: readonly Range[], slot: number | undefined): boolean {
  if (slot !== undefined) return own.some(({ first, last }) => first <= slot && slot <= last)
  const isServed = new Uint8Array(SLOTS)
  for (const { first, last } of own) isServed.fill(1, first, last + 1)
  return !isServed.includes(0)
}
