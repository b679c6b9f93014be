import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'

/** Turns what was typed into what a command works with. Each throws commander's error, which says what was expected. */

export function positiveInteger(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('It takes a positive integer.')
  }
  return value
}

/** Several of them, separated by commas. */
export function positiveIntegers(text: string): number[] {
  return text.split(',').map((each) => positiveInteger(each.trim()))
}

export function seed(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value >= 2 ** 32) {
    throw new InvalidArgumentError('It takes an integer from 0 to 4294967295.')
  }
  return value
}

/** A number of entries, or a share of all keys. */
export type Capacity = { readonly entries: number } | { readonly percent: number }

export function capacity(text: string): Capacity {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]
  if (percent === undefined) {
    if (!/^\d+$/.test(text) || Number(text) < 1) {
      throw new InvalidArgumentError('It takes a positive integer, or a percentage of the keys such as 10%.')
    }
    return { entries: Number(text) }
  }
  if (Number(percent) <= 0 || Number(percent) > 100) {
    throw new InvalidArgumentError('A percentage is more than 0% and at most 100%.')
  }
  return { percent: Number(percent) }
}

/** The same, several of them, separated by commas. */
export function capacities(text: string): Capacity[] {
  return text.split(',').map((each) => capacity(each.trim()))
}

/** A percentage such as 2%, as a number from 0 to 1. */
export function share(text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1])
  if (!(percent <= 100)) throw new InvalidArgumentError('It takes a percentage such as 2%, at most 100%.')
  return percent / 100
}

/** Throws, with how to get one, unless there is a redis-server to start. */
export function needRedisServer(asked: string): void {
  if (spawnSync('redis-server', ['--version']).status === 0) return
  const how = 'apt-get install redis-server, brew install redis, or see redis.io'
  throw new InvalidArgumentError(`${asked}: redis-server is not on the PATH; ${how}`)
}

/** To the nearest entry, and at least one. */
export function entriesOf(of: Capacity, keys: number): number {
  return 'entries' in of ? of.entries : Math.max(1, Math.round((keys * of.percent) / 100))
}

/** A parser of a comma-separated list of some of `names`, each once. */
export function listOf<T extends string>(names: readonly T[]): (text: string) => T[] {
  return (text) => {
    const chosen = text.split(',').map((name) => oneOf(names)(name.trim()))
    return names.filter((name) => chosen.includes(name))
  }
}

export function oneOf<T extends string>(names: readonly T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text)
    if (found === undefined) throw new InvalidArgumentError(`There are ${names.join(', ')}.`)
    return found
  }
}

/** Relative to where the command was typed: pnpm changes the directory before it runs a script, and says from where. */
export function typedPath(text: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), text)
}
