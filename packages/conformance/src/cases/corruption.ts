import { BulkReadError, StoreError } from '@wt/core'
import type { Case, Context } from '../case.ts'
import { check, checkFails, checkSame, failureOf } from '../check.ts'
import { damageText, type Files, flip, readFiles, writeFiles } from '../damage.ts'
import { display } from '../history.ts'
import { randomFrom } from '../random.ts'
import { same } from '../same.ts'
import { defineTopic } from '../topic.ts'

const needs = ['checksums', 'persistent'] as const
const MARK = 'distinctiveTextOfTheDamagedValue'
const OTHER_MARK = 'differingButAlsoDistinctiveValue'
const FLIPS = 40

export const corruption: readonly Case[] = defineTopic('corruption', [
  {
    id: 'flipped-bit',
    title: 'one flipped bit in a stored value is CORRUPT: never a miss, never a wrong value',
    why: 'Disks and memory flip bits; a wrong value that looks right is worse than none.',
    needs,
    async run(context) {
      const files = await filesWithTwoValues(context)
      for (const [position, bit] of [
        [0, 0],
        [11, 5],
        [MARK.length - 1, 7],
      ] as const) {
        await damage(context, files, (content, offset) => flip(content, offset + position, bit))
        const store = await context.open()
        await checkFails(
          () => store.load('damaged'),
          { code: 'CORRUPT' },
          `load, bit ${bit} of byte ${position} flipped`,
        )
        await store.close()
      }
    },
  },
  {
    id: 'hides-no-other',
    title: 'a damaged value hides no other',
    why: 'One bad sector would take the whole store along.',
    needs,
    async run(context) {
      const files = await filesWithTwoValues(context)
      await damage(context, files, (content, offset) => flip(content, offset))
      const store = await context.open()
      checkSame(
        await store.load('sound'),
        context.values.marked(OTHER_MARK),
        'load of the key beside the damaged one',
      )
      await failureOf(() => store.load('damaged'), 'load of the damaged key is CORRUPT')
      checkSame(
        await store.load('sound'),
        context.values.marked(OTHER_MARK),
        'load after CORRUPT for another key',
      )
      await store.store('sound', context.values.numbered(1))
      checkSame(
        await store.load('sound'),
        context.values.numbered(1),
        'load of what was stored beside damage',
      )
    },
  },
  {
    id: 'healed-by-store',
    title: 'a store over a damaged value heals it, whether it is of another value or of the same',
    why: 'A record that can never be replaced stays broken until somebody deletes files by hand.',
    peers: ['cacache 20.0.4'],
    needs,
    async run(context) {
      const { open, reopen, values } = context
      const files = await filesWithTwoValues(context)
      for (const [name, value] of [
        ['another value', values.numbered(1)],
        ['the value that was damaged', values.marked(MARK)],
      ] as const) {
        await damage(context, files, (content, offset) => flip(content, offset))
        let store = await open()
        await failureOf(() => store.load('damaged'), 'load of the damaged key is CORRUPT')
        await store.store('damaged', value)
        checkSame(await store.load('damaged'), value, `load after a store of ${name} over the damage`)
        store = await reopen(store)
        checkSame(await store.load('damaged'), value, `load of ${name} after a reopen`)
        await store.close()
      }
    },
  },
  {
    id: 'zeroed',
    title: 'a value overwritten by zeros is CORRUPT, not empty',
    why: 'After a crash files of the right length hold zeros: they must not read as an empty value.',
    needs,
    async run(context) {
      const files = await filesWithTwoValues(context)
      await damage(context, files, (content, offset) => content.fill(0, offset, offset + MARK.length))
      const store = await context.open()
      await checkFails(
        () => store.load('damaged'),
        { code: 'CORRUPT' },
        'load of a value overwritten by zeros',
      )
    },
  },
  {
    id: 'cut-off',
    title: 'a file cut off within a value is a StoreError: never a miss, never a part of the value',
    why: 'A file that was cut off must not read as a shorter value.',
    peers: ['unstorage 1.17.6 (fs)'],
    needs,
    async run(context) {
      const files = await filesWithTwoValues(context)
      await damage(context, files, (content, offset) => content.subarray(0, offset + 5))
      await failsOrIsWhole(context, 'damaged', context.values.marked(MARK), false)
    },
  },
  {
    id: 'emptied',
    title:
      'a file of one value, emptied or cut to its first bytes, is a StoreError: never a miss, never a value',
    why: 'A file that reads as empty is overwritten with a fresh start.',
    peers: ['keyv-file', 'flat-cache 6.1.23'],
    needs,
    async run(context) {
      const { location, values } = context
      const files = await filesWithTwoValues(context)
      const [path] = filesOfTheirOwn(context, files)
      const content = files.get(path)!
      for (const length of [0, 1, 4, 16, 32, 36, 40, 64]) {
        if (length >= content.indexOf(MARK)) break
        await writeFiles(location, new Map(files).set(path, content.subarray(0, length)))
        context.forgetHistory()
        await failsOrIsWhole(context, 'damaged', values.marked(MARK), false)
        await failsOrIsWhole(context, 'sound', values.marked(OTHER_MARK), false)
      }
    },
  },
  {
    id: 'batch-read-tells',
    title: 'loadMany of a damaged key fails and does not leave it out',
    why: 'A damaged key that is left out of the answer reads as a miss, and is written anew.',
    needs: ['checksums', 'persistent', 'batch'],
    async run(context) {
      const { open, skip } = context
      const files = await filesWithTwoValues(context)
      await damage(context, files, (content, offset) => flip(content, offset))
      const store = await open()
      if (typeof store.raw.loadMany !== 'function') skip('the store has no loadMany')
      const error = await failureOf(
        () => store.loadMany(['damaged', 'sound']),
        'loadMany of a damaged key fails',
      )
      const isTold = (StoreError.is(error) && error.code === 'CORRUPT') || BulkReadError.is(error)
      check(isTold, `loadMany of a damaged key is CORRUPT or a BulkReadError, got ${display(error)}`)
    },
  },
  {
    id: 'exchanged-files',
    title: 'a file put in the place of another does not give its value under the wrong key',
    why: 'A restored backup with two files exchanged gives one user the data of another.',
    needs,
    async run(context) {
      const { location, open, values } = context
      const files = await filesWithTwoValues(context)
      const [a, b] = filesOfTheirOwn(context, files)
      await writeFiles(location, new Map(files).set(a, files.get(b)!).set(b, files.get(a)!))
      const store = await open()
      for (const [key, mark] of [
        ['damaged', MARK],
        ['sound', OTHER_MARK],
      ] as const) {
        try {
          checkSame(
            await store.load(key),
            values.marked(mark),
            `load of ${key}, its file exchanged for another`,
          )
        } catch (error) {
          // To refuse the file is right, to take it for the key's own is not.
          if (!StoreError.is(error)) throw error
        }
      }
    },
  },
  {
    id: 'random-flips',
    title: `none of ${FLIPS} random flips in the files makes a wrong value`,
    why: 'Damage strikes headers and lengths too, where no test was written for it.',
    needs,
    async run(context) {
      const { seed, location, values } = context
      const random = randomFrom(seed)
      const files = await filesWithTwoValues(context)
      const paths = [...files.keys()].filter((path) => files.get(path)!.length > 0)
      check(paths.length > 0, 'the target claims checksums, but its store leaves no file in its location')
      for (let time = 0; time < FLIPS; time++) {
        const path = paths[Math.floor(random() * paths.length)]!
        const offset = Math.floor(random() * files.get(path)!.length)
        const damaged = flip(Buffer.from(files.get(path)!), offset, Math.floor(random() * 8))
        await writeFiles(location, new Map(files).set(path, damaged))
        context.forgetHistory()
        await failsOrIsWhole(context, 'damaged', values.marked(MARK), true)
        await failsOrIsWhole(context, 'sound', values.marked(OTHER_MARK), true)
      }
    },
  },
])

/** What lies in the location of a store that was closed with two values in it. */
async function filesWithTwoValues({ open, values, location }: Context): Promise<Files> {
  const store = await open()
  await store.store('damaged', values.marked(MARK))
  await store.store('sound', values.marked(OTHER_MARK))
  await store.close()
  return readFiles(location)
}

/** Puts the files back with the value of the key `damaged` changed wherever it stands. */
async function damage(
  { location, skip, target }: Context,
  files: Files,
  change: (content: Buffer, offset: number) => Buffer,
): Promise<void> {
  const damaged = damageText(files, MARK, change)
  if (damaged === undefined)
    skip(`the files of ${target.name} do not hold values as they are, so none can be damaged`)
  await writeFiles(location, damaged!)
}

/** The paths of the file that holds the value of `damaged` alone, and of that of `sound`; skips where there are none. */
function filesOfTheirOwn({ skip }: Context, files: Files): [damaged: string, sound: string] {
  const [damaged, sound] = [MARK, OTHER_MARK].map((mark) => pathsWith(files, mark))
  if (damaged?.length !== 1 || sound?.length !== 1 || damaged[0] === sound[0]) {
    skip('the two values are not in two files')
  }
  return [damaged![0]!, sound![0]!]
}

function pathsWith(files: Files, text: string): string[] {
  return [...files].filter(([, content]) => content.includes(text)).map(([path]) => path)
}

/** A damaged store may refuse to open or to answer, as a StoreError; what it answers has to be right. */
async function failsOrIsWhole(
  context: Context,
  key: string,
  value: unknown,
  mayMiss: boolean,
): Promise<void> {
  try {
    const store = await context.open()
    try {
      const loaded = await store.load(key)
      if (mayMiss && loaded === undefined) return
      check(
        same(loaded, value),
        `load of ${key} in damaged files: a StoreError or ${display(value)} is owed, got ${display(loaded)}`,
      )
    } finally {
      await store.close()
    }
  } catch (error) {
    // Refused, which is right.
    if (!StoreError.is(error)) throw error
  }
}
