import { StoreError } from '@wt/core'
import { check, checkSame } from '../check.ts'
import { display } from '../history.ts'
import type { TopicCase } from '../topic.ts'

/** The cases of the topic concurrency about calls that wait for each other, or are given up. */
export const waitCases: readonly TopicCase[] = [
  {
    id: 'batches-in-opposite-orders',
    title: 'batches that name the same keys in opposite orders do not wait for each other for ever',
    why: 'Two imports that lock their keys in another order stop each other, and all who come after them.',
    needs: ['batch'],
    answersLater: true,
    entries: 3,
    async run({ open, values }) {
      const store = await open()
      const keys = ['a', 'b', 'c']
      const batch = (round: number) => {
        const entries = keys.map((key) => [key, values.numbered(round)] as const)
        return store.storeMany(round % 2 === 0 ? entries : entries.reverse())
      }
      await Promise.all(Array.from({ length: 8 }, (_, round) => batch(round)))
      for (const key of keys)
        checkSame(await store.load(key), values.numbered(7), `load of ${key} after eight batches at once`)
    },
  },
  {
    id: 'aborted-calls',
    title: 'a call whose signal is aborted is carried out or rejects, and says truly which',
    why: "A write that says 'no' and takes effect is made twice; one that is never answered hangs its caller.",
    answersLater: true,
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(0))
      let held = 0
      for (const isAbortedBefore of [true, false]) {
        const controller = new AbortController()
        const { signal } = controller
        if (isAbortedBefore) controller.abort()
        const number = held + 10
        const text = `store, its signal aborted ${isAbortedBefore ? 'before the call' : 'right after the call'}`
        const storing = store.call(text, () => store.raw.store('key', values.numbered(number), { signal }))
        controller.abort()
        try {
          await storing
          held = number
        } catch (error) {
          // To give up is right, if it says what became of the write.
          const isTold = StoreError.is(error) && error.code === 'ABORTED'
          check(isTold, `${text}: ABORTED is owed if it is not carried out, got ${display(error)}`)
          // Of a write that may take effect at any time nothing more can be said.
          if (error.applied === 'unknown' && store.raw.lateWrites) return
          if (error.applied === 'unknown') {
            await store.store('key', values.numbered(number))
            held = number
          }
        }
        checkSame(await store.load('key'), values.numbered(held), `load after a ${text}`)
      }
    },
  },
]
