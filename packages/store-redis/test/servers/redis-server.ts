import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Settings as in redis.conf, such as `{ appendonly: 'yes', appendfsync: 'always' }`; of a Sentinel, `sentinel` has its lines. */
export type Config = Readonly<Record<string, string>>

/** The server's program: another than Debian's when this says so, such as valkey-server. */
const PROGRAM = process.env.REDIS_SERVER ?? 'redis-server'

/** Whether there is a redis-server to start. With CI=true there has to be. */
export const hasRedisServer: boolean = spawnSync(PROGRAM, ['--version']).status === 0
if (!hasRedisServer && process.env.CI === 'true') {
  throw new Error(`${PROGRAM} is not installed, and CI must not skip these tests`)
}

/**
 * A shell that ends when the server does, and ends the server when its own standard input ends: with whoever started it,
 * however that happens.
 */
const WATCHDOG = `
  exec 3<&0
  "$@" >/dev/null 2>&1 & server=$!
  echo $server
  { read -r _; kill -9 $server; } <&3 2>/dev/null & watcher=$!
  wait $server
  kill $watcher 2>/dev/null
`
const START_MS = 15_000

/** A real redis-server on a free port of the loopback interface, with its files in a directory of its own. */
export class RedisServer {
  readonly directory: string
  readonly #config: Config
  readonly #isOwned: boolean
  #port: number | undefined
  #running: { readonly shell: ChildProcess; readonly pid: number } | undefined

  private constructor(config: Config, directory: string | undefined) {
    this.#config = config
    this.#isOwned = directory === undefined
    if (config.port !== undefined) this.#port = Number(config.port)
    this.directory = directory ?? mkdtempSync(join(tmpdir(), 'store-redis-'))
  }

  /** Starts one and waits until it has loaded its data. With `directory` it takes the data there, and leaves it. */
  static async start(config: Config = {}, directory?: string): Promise<RedisServer> {
    const server = new RedisServer(config, directory)
    await server.start()
    return server
  }

  get port(): number {
    return this.#port!
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  get pid(): number {
    return this.#running!.pid
  }

  /** Starts it again, on the port it had. */
  async start(): Promise<void> {
    const deadline = Date.now() + START_MS
    for (;;) {
      const port = this.#port ?? (await freePort())
      const shell = spawn('sh', ['-c', WATCHDOG, 'sh', PROGRAM, ...this.#arguments(port)], {
        stdio: ['pipe', 'pipe', 'ignore'],
        detached: true,
      })
      shell.unref()
      const pid = Number(await new Promise<Buffer>((resolve) => shell.stdout!.once('data', resolve)))
      for (const stream of [shell.stdin, shell.stdout]) (stream as unknown as { unref(): void }).unref()
      this.#running = { shell, pid }
      while (shell.exitCode === null && Date.now() < deadline) {
        if (await answers(port)) {
          this.#port = port
          return
        }
        await sleep(5)
      }
      // Somebody else took the port meanwhile, or holds it still.
      this.kill()
      if (Date.now() > deadline) throw new Error(`${PROGRAM} did not start within ${START_MS} ms`)
    }
  }

  /** As a crash: what it had not written to its files is gone. Its kernel-side sockets close. */
  kill(): void {
    if (this.#running === undefined) return
    signal(this.#running.pid, 'SIGKILL')
    this.#running.shell.stdin!.destroy()
    this.#running = undefined
  }

  /** Kills it and starts it again: with the data in its files, or without any. */
  async restart({ keepsData = true }: { keepsData?: boolean } = {}): Promise<void> {
    this.kill()
    if (!keepsData) {
      for (const name of ['appendonlydir', 'dump.rdb']) {
        rmSync(join(this.directory, name), { recursive: true, force: true })
      }
    }
    await this.start()
  }

  pause(): void {
    signal(this.pid, 'SIGSTOP')
  }

  resume(): void {
    signal(this.pid, 'SIGCONT')
  }

  /** Traces its system calls from now on, or hinders them. */
  async trace(options: readonly string[]): Promise<{ end(): Promise<void> }> {
    const strace = spawn('strace', [...options, '-p', String(this.pid)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = new Promise<void>((resolve) => strace.on('close', () => resolve()))
    // It says so when it is attached.
    await new Promise((resolve) => strace.stderr.once('data', resolve))
    strace.stderr.resume()
    return {
      end: async () => {
        // Of a server that was killed meanwhile it might wait for ever to hear.
        strace.kill(this.#running === undefined ? 'SIGKILL' : 'SIGINT')
        await ended
      },
    }
  }

  stop(): void {
    this.kill()
    if (this.#isOwned) rmSync(this.directory, { recursive: true, force: true })
  }

  #arguments(port: number): string[] {
    if (this.#config.sentinel !== undefined) return [this.#sentinelFile(port), '--sentinel']
    const config: Config = {
      port: String(port),
      bind: '127.0.0.1',
      dir: this.directory,
      save: '',
      appendonly: 'no',
      ...this.#config,
    }
    return Object.entries(config).flatMap(([name, value]) => [`--${name}`, ...words(value)])
  }

  /** What a Sentinel learns it writes into its file, which therefore stays when it is started again. */
  #sentinelFile(port: number): string {
    const file = join(this.directory, 'sentinel.conf')
    const { sentinel = '', ...others } = this.#config
    const config: Config = { port: String(port), bind: '127.0.0.1', dir: this.directory, ...others }
    const lines = Object.entries(config).map(([name, value]) => `${name} ${value}`)
    const text = [...lines, ...sentinel.split('\n').map((line) => `sentinel ${line}`)].join('\n')
    if (!existsSync(file)) writeFileSync(file, `${text}\n`)
    return file
  }
}

/** A value of several words, such as those of `user`, is one argument each. */
function words(value: string): string[] {
  return value === '' ? [''] : value.split(' ')
}

/** A node of a Cluster listens for the others at its port and so many. */
const BUS = 10_000
/** From here on, systems give ports to outgoing connections: one would take the port of a server that is restarted. */
const OUTGOING = 32_768

/** A port at which nobody listens, nor at the one where others of a Cluster would look for its node. */
export async function freePort(): Promise<number> {
  const lowest = 10_240
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (OUTGOING - BUS - lowest))
    if ((await isFree(port)) && (await isFree(port + BUS))) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Whether a server answers at the port, be it that it wants a password first or TLS; false while it loads its data. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.setTimeout(500, () => socket.destroy())
    socket.on('data', (data) => {
      resolve(!String(data).startsWith('-LOADING'))
      socket.destroy()
    })
    // Not up yet, or it speaks TLS, which hangs up on a plain PING.
    socket.on('error', () => resolve(false))
    socket.on('close', (hadError) => resolve(!hadError))
  })
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended.
  }
}
