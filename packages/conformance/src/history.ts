import { inspect } from 'node:util'

const LONGEST = 30

/** The calls that a case made and what came of them, to be shown when it fails. */
export class History {
  #lines: string[] = []
  /** Set when the verdict has been given: a case that runs on after its time-out touches its store no more. */
  ended = false

  get lines(): readonly string[] {
    const hidden = this.#lines.length - LONGEST
    return hidden > 0 ? [`(${hidden} calls before)`, ...this.#lines.slice(-LONGEST)] : this.#lines
  }

  forget(): void {
    this.#lines = []
  }

  note(line: string): void {
    this.#lines.push(line)
  }

  assertRunning(): void {
    if (this.ended) throw new Error('the case has ended')
  }

  /** Makes a call, notes it with its outcome, and gives back what it answered. */
  async record<T>(
    text: string,
    call: () => T,
    show: (answer: Awaited<T>) => string = display,
  ): Promise<Awaited<T>> {
    this.assertRunning()
    const index = this.#lines.push(`${text} -> no answer`) - 1
    const lines = this.#lines
    try {
      const answer = await call()
      lines[index] = `${text} -> ${show(answer)}`
      return answer
    } catch (error) {
      // Noted and passed on: the case judges it.
      lines[index] = `${text} -> ${display(error)}`
      throw error
    }
  }
}

/** A value on one line, shortened. */
export function display(value: unknown): string {
  if (value instanceof Error) {
    const { code, applied } = value as { code?: unknown; applied?: unknown }
    const details =
      code === undefined
        ? ''
        : ` ${String(code)}${applied === undefined ? '' : `, applied '${String(applied)}'`}`
    return `${value.name}${details}: ${value.message}`
  }
  return inspect(value, {
    depth: 3,
    compact: true,
    breakLength: Number.POSITIVE_INFINITY,
    maxArrayLength: 12,
    maxStringLength: 80,
  })
}
