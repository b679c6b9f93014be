import { newVersion } from '@wt/core'
import type { Case } from '../case.ts'
import { check, checkAbsent, checkSame } from '../check.ts'
import { defineTopic } from '../topic.ts'

const needs = ['persistent'] as const

export const persistent: readonly Case[] = defineTopic('persistent', [
  {
    id: 'survives-reopen',
    title: 'what was stored is there after a reopen',
    why: 'Data that lives as long as its process is a cache, not a store.',
    needs,
    async run({ open, reopen, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      const again = await reopen(store)
      checkSame(await again.load('key'), values.numbered(1), 'load after a reopen')
    },
  },
  {
    id: 'overwrite-survives',
    title: 'after a reopen the last value stored is there, not an older one',
    why: 'An older value that comes back after a restart undoes what was acknowledged.',
    needs,
    async run({ open, reopen, values }) {
      let store = await open()
      await store.store('key', values.numbered(1))
      await store.store('key', values.numbered(2))
      store = await reopen(store)
      checkSame(await store.load('key'), values.numbered(2), 'load after a reopen')
      await store.store('key', values.numbered(3))
      store = await reopen(store)
      checkSame(await store.load('key'), values.numbered(3), 'load after an overwrite of what was reopened')
    },
  },
  {
    id: 'remove-survives',
    title: 'a key that was removed stays away after a reopen',
    why: 'Deleted data that returns with the restart is a leak.',
    needs,
    async run({ open, reopen, values }) {
      let store = await open()
      await store.store('key', values.numbered(1))
      await store.store('kept', values.numbered(2))
      store = await reopen(store)
      check(await store.remove('key'), 'remove of a key stored before the reopen answers true')
      store = await reopen(store)
      checkAbsent(await store.load('key'), 'load of a key removed before the reopen')
      check((await store.remove('key')) === false, 'remove of a key removed before the reopen answers false')
      checkSame(await store.load('kept'), values.numbered(2), 'load of the key that was not removed')
    },
  },
  {
    id: 'grows-over-reopens',
    title: 'each of five openings adds to what is there',
    why: 'A store that starts afresh at each opening loses everything at the second one.',
    needs,
    entries: 5,
    async run({ open, reopen, values }) {
      let store = await open()
      for (let number = 0; number < 5; number++) {
        await store.store(`key ${number}`, values.numbered(number))
        store = await reopen(store)
      }
      for (let number = 0; number < 5; number++) {
        checkSame(
          await store.load(`key ${number}`),
          values.numbered(number),
          `load of what opening ${number} stored`,
        )
      }
    },
  },
  {
    id: 'keys-survive',
    title: 'keys lists after a reopen what it listed before',
    why: 'An index that is not rebuilt hides data that is there.',
    needs: ['persistent', 'keys'],
    entries: 4,
    async run({ open, reopen, values }) {
      const store = await open()
      const keys = ['', 'ordinary', 'not/so ordinary?', `long ${'y'.repeat(500)}`]
      for (const [number, key] of keys.entries()) await store.store(key, values.numbered(number))
      const again = await reopen(store)
      checkSame(await again.keys(), keys.sort(), 'keys after a reopen')
    },
  },
  {
    id: 'read-by-another-process',
    title: 'another process loads what this one stored',
    why: 'What only the process that wrote it can read is lost with it.',
    needs,
    otherProcess: true,
    async run({ open, inAnotherProcess, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      await store.close()
      const [loaded, absent] = await inAnotherProcess([
        ['load', 'key'],
        ['load', 'absent'],
      ])
      checkSame(loaded, values.numbered(1), 'load in another process')
      checkAbsent(absent, 'load of an absent key in another process')
    },
  },
  {
    id: 'written-by-another-process',
    title: 'what another process stored and removed is so for this one',
    why: 'A process that trusts what it remembers overwrites what others wrote.',
    needs,
    otherProcess: true,
    async run({ open, inAnotherProcess, values }) {
      const store = await open()
      await store.store('overwritten', values.numbered(1))
      await store.store('removed', values.numbered(2))
      await store.close()
      const [, existed] = await inAnotherProcess([
        ['store', 'overwritten', values.numbered(3)],
        ['remove', 'removed'],
      ])
      check(existed === true, 'remove in another process answers true for a key stored in this one')
      const again = await open()
      checkSame(await again.load('overwritten'), values.numbered(3), 'load of what another process overwrote')
      checkAbsent(await again.load('removed'), 'load of what another process removed')
    },
  },
  {
    id: 'survives-kill',
    title: 'what a process stored before it was killed is there',
    why: 'Processes are killed at every deployment, and close is not called then.',
    peers: ['keyv-file'],
    needs: ['persistent', 'durability'],
    otherProcess: true,
    async run({ open, inAnotherProcess, values, target, skip }) {
      if (target.capabilities.durability === 'none') skip(`${target.name} claims durability 'none'`)
      await inAnotherProcess([['store', 'key', values.numbered(1)]], { isKilled: true })
      const store = await open()
      checkSame(await store.load('key'), values.numbered(1), 'load of what a killed process had stored')
    },
  },
  {
    id: 'shared-writes-are-seen',
    title: 'two stores open at once on one location see what the other stored and removed',
    why: 'Two workers on one store would each go on with data of their own.',
    needs: ['shared'],
    async run({ open, values, target: { capabilities } }) {
      const [one, other] = [await open(), await open()]
      if (capabilities.keys) checkSame(await other.keys(), [], 'keys before the other store stored')
      await one.store('key', values.numbered(1))
      checkSame(await other.load('key'), values.numbered(1), 'load of what the other store stored')
      if (capabilities.keys) checkSame(await other.keys(), ['key'], 'keys after the other store stored')
      await other.store('key', values.numbered(2))
      checkSame(await one.load('key'), values.numbered(2), 'load of what the other store overwrote')
      check(await one.remove('key'), 'remove of what the other store stored answers true')
      checkAbsent(await other.load('key'), 'load of what the other store removed')
      if (capabilities.keys) checkSame(await other.keys(), [], 'keys after the other store removed')
    },
  },
  {
    id: 'shared-close-is-its-own',
    title: 'of two stores on one location one can be closed and the other goes on',
    why: 'One worker that stops would stop all others.',
    needs: ['shared'],
    async run({ open, values }) {
      const [one, other] = [await open(), await open()]
      await one.store('key', values.numbered(1))
      await one.close()
      checkSame(await other.load('key'), values.numbered(1), 'load after the other store was closed')
      await other.store('key', values.numbered(2))
      checkSame(
        await other.load('key'),
        values.numbered(2),
        'load of what was stored after the other was closed',
      )
    },
  },
  {
    id: 'revision-tells-of-others',
    title:
      'revision changes when another store on the location wrote or removed, in a batch or on a condition too',
    why: 'A cache that asks whether anything changed would serve what others have overwritten.',
    needs: ['revision', 'shared'],
    async run({ open, values, target: { capabilities } }) {
      const [one, other] = [await open(), await open()]
      const seen = [await one.revision()]
      const changes: (() => Promise<unknown>)[] = [
        () => other.store('key', values.numbered(1)),
        () => other.store('key', values.numbered(2)),
        () => other.remove('key'),
        ...(capabilities.batch ? [() => other.storeMany([['key', values.numbered(3)]])] : []),
        ...(typeof other.raw.removeMany === 'function' ? [() => other.removeMany(['key', 'absent'])] : []),
        ...(capabilities.versions
          ? [() => other.storeIf('conditional', values.numbered(4), undefined, newVersion())]
          : []),
      ]
      for (const change of changes) {
        await change()
        seen.push(await one.revision())
      }
      check(
        new Set(seen).size === seen.length,
        `revision has to change with every write of another, got ${seen.join(', ')}`,
      )
    },
  },
  {
    id: 'revision-tells-across-a-reopen',
    title: 'revision is another one after a reopen, if somebody wrote in between',
    why: 'A counter that starts anew can stand where it stood before, and hide a change.',
    needs: ['revision', 'persistent'],
    async run({ open, reopen, values }) {
      let store = await open()
      await store.store('key', values.numbered(1))
      // Sampled right after an opening both times: a count of the store's own is no revision.
      store = await reopen(store)
      const before = await store.revision()
      store = await reopen(store)
      await store.store('key', values.numbered(2))
      store = await reopen(store)
      const after = await store.revision()
      check(
        before !== after,
        `revision has to change when another wrote before the reopen, got ${after} twice`,
      )
    },
  },
])
