import { setTimeout as delay } from 'node:timers/promises'
import { type Change, keyText, type Unsubscribe } from '@wt/core'
import type { Context } from './case.ts'
import { check } from './check.ts'
import { display } from './history.ts'
import type { StoreUnderTest } from './store-under-test.ts'

/** What a store tells of others' changes, as it came. */
export class News {
  readonly changes: Change<string>[] = []
  /** Takes each as it comes, after it was noted. */
  onChange: (change: Change<string>) => void = () => {}
  #unsubscribe: Unsubscribe = () => {}
  readonly #store: StoreUnderTest
  readonly #lateMs: number

  private constructor(store: StoreUnderTest, lateMs: number) {
    this.#store = store
    this.#lateMs = lateMs
  }

  /**
   * Subscribes, and waits until the store says that it tells of changes. No time is promised, but a third of the case's is
   * taken for never.
   */
  static async of(store: StoreUnderTest, { timeoutMs }: Context): Promise<News> {
    const news = new News(store, timeoutMs / 3)
    const heard = (change: Change<string>) => {
      news.changes.push(change)
      news.onChange(change)
    }
    const unsubscribe: unknown = await store.subscribe(heard)
    check(
      typeof unsubscribe === 'function',
      `subscribe answers a function that ends it, not ${display(unsubscribe)}`,
    )
    news.#unsubscribe = unsubscribe as Unsubscribe
    await news.until(() => news.isUp, 'the store says that it is up, and goes on saying so')
    return news
  }

  /** The store has said so, and not the contrary since. */
  get isUp(): boolean {
    return this.changes.findLast(({ type }) => type === 'up' || type === 'down')?.type === 'up'
  }

  /** Whether any of what was told from that place on says that this key may have changed. */
  tellsOf(key: string, since: number): boolean {
    return this.changes.slice(since).some((change) => concerns(change, key))
  }

  /** Waits until the store has told of a change of the key, from that place on. */
  async toldOf(key: string, since: number): Promise<void> {
    await this.until(
      () => this.tellsOf(key, since),
      `a change of ${keyText(key)} by another store is told of`,
    )
  }

  async until(condition: () => boolean, promise: string): Promise<void> {
    const since = performance.now()
    while (!condition()) {
      check(
        performance.now() - since < this.#lateMs,
        `${promise}: not within ${this.#lateMs} ms; told was ${display(this.changes)}`,
      )
      await delay(1)
    }
  }

  /** Ends it. */
  async end(): Promise<void> {
    await this.#store.call('unsubscribe()', () => this.#unsubscribe())
  }
}

/** What says that the key may have changed: that all may have, or that there is no news, says it too. */
export function concerns(change: Change<string>, key: string): boolean {
  return change.type === 'keys' ? change.keys.includes(key) : change.type !== 'up'
}
