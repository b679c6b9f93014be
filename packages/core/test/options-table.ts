import { AsyncWriteThroughCache, fifo, WriteThroughCache } from '../src/index.ts'
import { MapStore } from './fixtures.ts'

/** A right value for each option but `capacity`, which every cache has. */
const SAMPLES: Record<string, unknown> = {
  maxWeight: 100,
  weigh: () => 1,
  policy: fifo(),
  maxAgeMs: 1000,
  negativeMaxAgeMs: 1000,
  isolate: true,
  observer: {},
  clock: () => 0,
  leaseMs: 1000,
  "coherence: 'none'": 'none',
  "coherence: 'revision'": 'revision',
  "coherence: 'subscribe'": 'subscribe',
}
const REVISION = { revision: () => 0 }
const SUBSCRIBE = { subscribe: () => () => {} }
const LEASES = {
  loadVersioned: () => undefined,
  storeIf: () => false,
  removeIf: () => false,
  acquireLease: () => false,
  releaseLease: () => {},
}
/** Shows that options which need different abilities of a store go together. */
const ABLE_STORE = 'a store with all of it'
const STORES = {
  'any store': {},
  'a store with `revision`': REVISION,
  'a store with `subscribe`': SUBSCRIBE,
  'a store with leases and versions': LEASES,
  [ABLE_STORE]: { ...REVISION, ...SUBSCRIBE, ...LEASES },
}
const CACHES = { WriteThroughCache, AsyncWriteThroughCache }

type Names = readonly string[]

/**
 * Which options may stand together, as a page of the documentation: found by making caches of every combination, over every
 * kind of store, and looking at which are refused.
 */
export function optionsTable(): string {
  const combinations = subsetsOf(Object.keys(SAMPLES)).filter(
    (names) => names.filter((name) => name.startsWith('coherence')).length < 2,
  )
  const columns = Object.values(CACHES).map((Cache) => {
    const allowed = Object.entries(STORES).flatMap(([store, abilities]) =>
      combinations.filter((names) => isAllowed(Cache, names, abilities)).map((names) => ({ store, names })),
    )
    return (option: string) => describe(option, allowed)
  })
  const rows = Object.keys(SAMPLES).map(
    (option) => `| \`${option}\` | ${columns.map((column) => column(option)).join(' | ')} |`,
  )
  const tried = combinations.length * Object.keys(STORES).length * Object.keys(CACHES).length
  return `# Options that go together

\`capacity\` is required. Beside what stands here any option goes with any other, and any other combination is refused, by a
\`TypeError\` that says why, when the cache is made. Written by a test that makes a cache of each of the ${tried} combinations of
option, cache and store, and looks at which are refused.

| option | ${Object.keys(CACHES)
    .map((name) => `\`${name}\``)
    .join(' | ')} |
| --- | ${Object.keys(CACHES)
    .map(() => '---')
    .join(' | ')} |
${rows.join('\n')}

Why each is refused where it is:

${reasons(combinations)
  .map((reason) => `- \`${reason}\``)
  .join('\n')}
`
}

function reasons(combinations: readonly Names[]): string[] {
  const all = new Set<string>()
  for (const Cache of Object.values(CACHES)) {
    for (const abilities of Object.values(STORES)) {
      for (const names of combinations) {
        const reason = refusal(Cache, names, abilities)
        if (reason !== undefined) all.add(reason)
      }
    }
  }
  return [...all].sort()
}

function isAllowed(Cache: (typeof CACHES)[keyof typeof CACHES], names: Names, abilities: object): boolean {
  return refusal(Cache, names, abilities) === undefined
}

function refusal(
  Cache: (typeof CACHES)[keyof typeof CACHES],
  names: Names,
  abilities: object,
): string | undefined {
  const options = Object.fromEntries(names.map((name) => [name.split(':')[0], SAMPLES[name]]))
  try {
    new Cache(Object.assign(new MapStore(), abilities), { capacity: 1, ...options } as never)
    return undefined
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
}

/** What an option needs: options and stores without which it is never allowed. */
function describe(option: string, allowed: readonly { store: string; names: Names }[]): string {
  const having = allowed.filter(({ names }) => names.includes(option))
  if (having.length === 0) return 'never'
  const others = Object.keys(SAMPLES).filter((other) => other !== option)
  const alone = having.filter(({ names }) => names.length === 1)
  const needed =
    alone.length > 0
      ? []
      : others.filter((other) => having.some(({ names }) => names.length === 2 && names.includes(other)))
  const stores = new Set(having.map(({ store }) => store))
  const named = [...stores].filter((store) => store !== ABLE_STORE)
  const refused = others.filter((other) => !having.some(({ names }) => names.includes(other)))
  const clashes = refused.filter((other) => allowed.some(({ names }) => names.includes(other)))
  const isOtherCoherence = (other: string) => option.startsWith('coherence') && other.startsWith('coherence')
  const said = [
    needed.length > 0 && `with ${needed.map((name) => `\`${name}\``).join(' or ')}`,
    stores.size < Object.keys(STORES).length && `over ${named.join(' or ')}`,
    clashes.some((other) => !isOtherCoherence(other)) && `not with ${clashes.join(', ')}`,
  ].filter((part) => part !== false)
  return said.length === 0 ? 'always' : said.join(', ')
}

function subsetsOf(names: Names): string[][] {
  const [first, ...rest] = names
  if (first === undefined) return [[]]
  const without = subsetsOf(rest)
  return [...without, ...without.map((subset) => [first, ...subset])]
}
