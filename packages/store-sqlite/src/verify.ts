import { StoreError } from '@wt/core'

/** What `verify` found. */
export interface Verification {
  /** How many entries were looked at, the damaged ones too. */
  checked: number
  /**
   * A `CORRUPT` for each damaged entry, with its key where that can be told; then one for each fault of the file's own
   * structure that SQLite finds.
   */
  damaged: StoreError[]
}

/** Loads every key, and adds the faults that are not among them. What is no `CORRUPT` is thrown. */
export function verifyEntries(
  keys: Iterable<string>,
  load: (key: string) => unknown,
  structureFaults: () => StoreError[],
): Verification {
  const found: Verification = { checked: 0, damaged: [] }
  note(found, () => {
    for (const key of keys) {
      found.checked++
      note(found, () => load(key))
    }
  })
  addFaults(found, structureFaults())
  return found
}

/** The same for those who wait. Entries are loaded a page at a time. */
export async function verifyEntriesLater(
  pages: AsyncIterable<readonly string[]>,
  load: (key: string) => Promise<unknown>,
  structureFaults: () => Promise<StoreError[]>,
): Promise<Verification> {
  const found: Verification = { checked: 0, damaged: [] }
  try {
    for await (const page of pages) {
      found.checked += page.length
      const loads = await Promise.allSettled(page.map(load))
      for (const result of loads) if (result.status === 'rejected') noteError(found, result.reason)
    }
  } catch (error) {
    // The index itself: the keys end here.
    noteError(found, error)
  }
  addFaults(found, await structureFaults())
  return found
}

function note(found: Verification, look: () => unknown): void {
  try {
    look()
  } catch (error) {
    // Damage is what was looked for.
    noteError(found, error)
  }
}

function noteError(found: Verification, error: unknown): void {
  if (!StoreError.is(error) || error.code !== 'CORRUPT') throw error
  found.damaged.push(error)
}

function addFaults({ damaged }: Verification, faults: readonly StoreError[]): void {
  const known = new Set(damaged.map(({ key }) => key))
  for (const fault of faults) if (fault.key === undefined || !known.has(fault.key)) damaged.push(fault)
}
