import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** A TCP proxy before a server, which can cut connections, hold bytes back, and let them go late. */
export class TcpProxy {
  readonly port: number
  /** The port of the server that connections to come go to. */
  target: number
  /** Hangs up on whoever comes. */
  refuses = false
  /** So late what comes from the server goes on to the client, in its order. */
  delayMs = 0
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #heldUp = { toServer: false, toClient: false }

  private constructor(server: Server, port: number, target: number) {
    this.#server = server
    this.target = target
    this.port = port
  }

  static async start(target: number): Promise<TcpProxy> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const proxy = new TcpProxy(server, (server.address() as { port: number }).port, target)
    server.on('connection', (client) => {
      if (proxy.refuses) client.destroy()
      else proxy.#accept(client, connect(proxy.target, '127.0.0.1'))
    })
    return proxy
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  get connections(): number {
    return this.#pairs.size
  }

  /** Holds back what goes that way, on all connections, those to come included, until `release`. */
  hold(way: 'toServer' | 'toClient'): void {
    this.#heldUp[way] = true
    for (const pair of this.#pairs) this.#apply(pair)
  }

  /** Whether there is this among what is held back from a client. */
  holdsBack(text: string): boolean {
    return [...this.#pairs].some(({ lateToClient }) => Buffer.concat(lateToClient).includes(text))
  }

  /** Lets go what was held back, and what comes. */
  release(): void {
    this.#heldUp = { toServer: false, toClient: false }
    for (const pair of this.#pairs) this.#apply(pair)
  }

  /** Cuts the clients off, at once. With `keepsServerSide` what they sent is still on its way to the server. */
  cut({ keepsServerSide = false }: { keepsServerSide?: boolean } = {}): void {
    for (const { client, server } of this.#pairs) {
      if (keepsServerSide) {
        client.removeAllListeners('close')
        client.unpipe(server)
      } else server.destroy()
      client.destroy()
    }
  }

  /** Sends bytes that were held back on connections that were cut, and no others. */
  sendLate(): void {
    for (const { client, server, late } of this.#pairs) {
      if (client.destroyed) server.write(Buffer.concat(late.splice(0)))
    }
  }

  /**
   * Puts a command of somebody else's among those to the server, on every connection, or on the one that the server sees come
   * from that port. Its answer is swallowed.
   */
  inject(command: string, answer: string, fromPort?: number): void {
    for (const pair of this.#pairs) {
      if (fromPort !== undefined && pair.server.localPort !== fromPort) continue
      pair.swallowed = answer
      pair.server.write(`${command}\r\n`)
    }
  }

  async stop(): Promise<void> {
    for (const { client, server } of this.#pairs) {
      client.destroy()
      server.destroy()
    }
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(client: Socket, server: Socket): void {
    const pair: Pair = { client, server, late: [], lateToClient: [], delayed: 0, lastSent: Promise.resolve() }
    this.#pairs.add(pair)
    // Whatever breaks one side closes both.
    for (const socket of [client, server]) socket.on('error', () => socket.destroy())
    client.on('close', () => server.destroy())
    server.on('close', () => {
      client.destroy()
      this.#pairs.delete(pair)
    })
    client.on('data', (data) => void (this.#heldUp.toServer ? pair.late.push(data) : server.write(data)))
    server.on('data', (received) => {
      const data = withoutSwallowed(pair, received)
      if (this.delayMs > 0 || pair.delayed > 0) this.#delay(pair, data)
      else this.#toClient(pair, data)
    })
  }

  #toClient({ client, lateToClient }: Pair, data: Buffer): void {
    if (this.#heldUp.toClient) lateToClient.push(data)
    else if (!client.destroyed) client.write(data)
  }

  /** Behind what was delayed before, also when that was delayed for longer. */
  #delay(pair: Pair, data: Buffer): void {
    const passed = sleep(this.delayMs)
    pair.delayed++
    pair.lastSent = Promise.all([passed, pair.lastSent]).then(() => {
      pair.delayed--
      this.#toClient(pair, data)
    })
  }

  /** What was held back goes in one piece, as bytes do that waited together. */
  #apply({ client, server, late, lateToClient }: Pair): void {
    if (!this.#heldUp.toServer && !client.destroyed) server.write(Buffer.concat(late.splice(0)))
    if (!this.#heldUp.toClient) client.write(Buffer.concat(lateToClient.splice(0)))
  }
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  readonly late: Buffer[]
  readonly lateToClient: Buffer[]
  /** So many pieces wait for `delayMs`; the last of them is sent when this resolves. */
  delayed: number
  lastSent: Promise<void>
  /** What the client has not asked for. */
  swallowed?: string
}

function withoutSwallowed(pair: Pair, data: Buffer): Buffer {
  const at = pair.swallowed === undefined ? -1 : data.indexOf(pair.swallowed)
  if (at < 0) return data
  const { length } = pair.swallowed!
  delete pair.swallowed
  return Buffer.concat([data.subarray(0, at), data.subarray(at + length)])
}
