import type { WriteStream } from 'node:tty'
import type { CaseResult } from '../case.ts'

const WIDTH = 30

/** A bar on a terminal, written over itself; nothing where the stream is none. */
export class Progress {
  readonly #stream: WriteStream
  #broken = 0

  constructor(stream: WriteStream) {
    this.#stream = stream
  }

  show({ id, verdict }: CaseResult, done: number, all: number): void {
    if (verdict !== 'pass' && verdict !== 'skip') this.#broken++
    if (!this.#stream.isTTY) return
    const filled = Math.round((done / all) * WIDTH)
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`
    const broken = this.#broken === 0 ? '' : `, ${this.#broken} not passed`
    this.#write(`${bar} ${done}/${all}${broken}  ${id}`.slice(0, this.#stream.columns - 1))
  }

  clear(): void {
    if (this.#stream.isTTY) this.#write('')
  }

  #write(text: string): void {
    this.#stream.cursorTo(0)
    this.#stream.write(text)
    this.#stream.clearLine(1)
  }
}
