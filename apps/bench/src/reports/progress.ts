import { Presets, SingleBar } from 'cli-progress'

/** How far a measurement has come. */
export interface Progress {
  /** One more step of `total` is done. */
  step(): void
  /** What is being done from now on. */
  say(what: string): void
  stop(): void
}

/** A bar on a terminal; nothing when the output goes anywhere else. */
export function showProgress(total: number): Progress {
  if (!process.stdout.isTTY || !process.stderr.isTTY) return { step() {}, say() {}, stop() {} }
  const format = ' {bar} {percentage} % · {what}'
  const bar = new SingleBar({ format, hideCursor: true, clearOnComplete: true }, Presets.shades_classic)
  bar.start(total, 0, { what: 'starting' })
  return {
    step: () => bar.increment(),
    say: (what) => bar.update({ what }),
    stop: () => bar.stop(),
  }
}
