import Table from 'cli-table3'
import { noiseOf, type Spread } from '../measure/statistics.ts'

/** Three digits that mean something: 31.2M, 4.56k, 0.00123. */
export function count(value: number): string {
  if (value >= 1e6) return `${digits(value / 1e6)}M`
  if (value >= 1e3) return `${digits(value / 1e3)}k`
  return digits(value)
}

export function microseconds(milliseconds: number): string {
  return grouped(milliseconds * 1000)
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** Half the distance between the quartiles. */
export function noise(spread: Omit<Spread, 'median'>, median: number): string {
  return `±${Math.round(noiseOf({ ...spread, median }) * 100)} %`
}

export function ratio(value: number): string {
  return value >= 0.1 ? value.toFixed(2) : digits(value)
}

function grouped(value: number): string {
  if (value < 1000) return digits(value)
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',')
}

export function digits(value: number): string {
  if (value === 0) return '0'
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(value)))
  return value.toFixed(Math.min(decimals, 4))
}

export interface Column {
  readonly title: string
  readonly width: number
  /** Numbers stand at the right. */
  readonly right?: boolean
}

export interface Section {
  readonly title: string
  readonly rows: readonly (readonly string[])[]
}

/** Columns without lines, headed once; before each section a blank line and its title. */
export function plainTable(columns: readonly Column[], sections: readonly Section[]): string {
  const table = new Table({
    head: columns.map(({ title }) => title),
    colWidths: columns.map(({ width }) => width),
    colAligns: columns.map(({ right }) => (right ? 'right' : 'left')),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1 },
  })
  for (const { title, rows } of sections) {
    table.push([{ content: '', colSpan: columns.length }], [{ content: title, colSpan: columns.length }])
    for (const row of rows) table.push([`  ${row[0]}`, ...row.slice(1)])
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

const LINES = ['top', 'bottom', 'left', 'right', 'mid', 'middle']
const CORNERS = ['top-mid', 'top-left', 'top-right', 'bottom-mid', 'bottom-left', 'bottom-right']
const CROSSINGS = ['left-mid', 'mid-mid', 'right-mid']
const NO_LINES = Object.fromEntries([...LINES, ...CORNERS, ...CROSSINGS].map((name) => [name, '']))
