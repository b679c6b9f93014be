import { percent, plainTable } from './format.ts'

/** What `bench policies --json` prints. */
export interface PoliciesReport {
  /** The file's name. */
  readonly trace: string
  readonly requests: number
  readonly uniqueKeys: number
  readonly rows: readonly {
    /** In entries. */
    readonly capacity: number
    /** The name of its function in `@wt/core`; `opt` for Belady's optimum. */
    readonly policy: string
    /** From 0 to 1. */
    readonly hitRatio: number
  }[]
}

/** The report as a person reads it: a policy a row, a capacity a column. */
export function policiesTable({ trace, requests, uniqueKeys, rows }: PoliciesReport): string {
  const policies = [...new Set(rows.map(({ policy }) => policy))]
  const rowsOf = policies.map((policy) => rows.filter((row) => row.policy === policy))
  const capacities = rowsOf[0]!.map(({ capacity }) => capacity)
  const columns = [
    { title: '', width: 14 },
    ...capacities.map((capacity) => ({ title: capacity.toLocaleString('en'), width: 11, right: true })),
  ]
  const cells = rowsOf.map((ofPolicy, index) => [
    policies[index]!,
    ...ofPolicy.map(({ hitRatio }) => percent(hitRatio)),
  ])
  const title = `${trace}: ${requests.toLocaleString('en')} requests for ${uniqueKeys.toLocaleString('en')} keys`
  const legend =
    'Hits of all requests, from an empty cache, by its capacity in entries. opt: the best there can be (Belady).'
  return [plainTable(columns, [{ title, rows: cells }]), legend].join('\n\n')
}
