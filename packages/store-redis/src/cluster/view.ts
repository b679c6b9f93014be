import { type Address, addressOf, hostAndPort } from './address.ts'

/** Slots, the last included. */
export interface Range {
  readonly first: number
  readonly last: number
}

/** Who has slots, as some node sees it. */
export interface Share extends Range {
  readonly primary: Address
  readonly replicas: readonly Address[]
}

/** The Cluster as one of its nodes sees it. */
export interface View {
  readonly shares: readonly Share[]
  /** The node's own slots. Nobody knows better. */
  readonly own: readonly Range[]
  /** Slots that are on their way from or to it; of those that leave, to where. */
  readonly moves: readonly { readonly slot: number; readonly to: Address | undefined }[]
  /** Is another whenever the node's own slots are, have been, or are on other ways. */
  readonly layout: string
}

export const SLOTS_COMMAND = ['CLUSTER', 'SLOTS'] as const
export const NODES_COMMAND = ['CLUSTER', 'NODES'] as const

/**
 * Reads the reply to CLUSTER SLOTS. It names the endpoints that the nodes want to be called by, and the port for TLS where it was
 * asked over TLS, which CLUSTER NODES does not.
 */
export function sharesIn(reply: unknown, asked: Address): Share[] {
  return (reply as SlotsReply).map(([first, last, ...nodes]) => {
    const [primary, ...replicas] = nodes.map((node) => endpointOf(node, asked))
    return { first, last, primary: primary!, replicas }
  })
}

/** Reads the replies to CLUSTER SLOTS and CLUSTER NODES of one node. */
export function viewIn(slots: unknown, nodes: unknown, asked: Address): View {
  const lines = String(nodes)
    .split('\n')
    .map((line) => line.split(' '))
  const [id, , flags, primary, , , epoch, , ...places] = lines.find((fields) =>
    fields[2]?.includes('myself'),
  )!
  const addresses = new Map<string, Address>()
  for (const [id, place] of lines) {
    const { host, port } = hostAndPort(place?.split('@', 1)[0] ?? '')
    addresses.set(id!, addressOf(host || hostAndPort(asked).host, port))
  }
  for (const [, , ...tellers] of slots as SlotsReply) {
    for (const node of tellers) addresses.set(String(node[2]), endpointOf(node, asked))
  }
  return {
    shares: sharesIn(slots, asked),
    own: places.filter((place) => !place.startsWith('[')).map(rangeIn),
    moves: places.filter((place) => place.startsWith('[')).map((place) => moveIn(place, addresses)),
    layout: [id, flags, primary, epoch, ...places].join(' '),
  }
}

type SlotsReply = readonly [first: number, last: number, ...NodeReply[]][]
type NodeReply = readonly [host: unknown, port: number, id: unknown, more?: Readonly<Record<string, unknown>>]

/** A node that tells no endpoint, or does not know its own address, is at the host that was asked. */
function endpointOf([host, port, , more]: NodeReply, asked: Address): Address {
  const told = host === null ? '' : String(host)
  // It wants to be called by its host's name, and was given none.
  const known = told === '?' ? String(more?.ip ?? '') : told
  return addressOf(known || hostAndPort(asked).host, port)
}

/** `5` or `0-5460`. */
function rangeIn(place: string): Range {
  const [first, last = first] = place.split('-').map(Number)
  return { first: first!, last: last! }
}

/** `[77->-id]` leaves for that node, `[93-<-id]` comes from it. */
function moveIn(place: string, addresses: ReadonlyMap<string, Address>): View['moves'][number] {
  const [, slot, way, id] = /^\[(\d+)-([<>])-(\w+)\]/.exec(place) ?? []
  return { slot: Number(slot), to: way === '>' ? addresses.get(id!) : undefined }
}
