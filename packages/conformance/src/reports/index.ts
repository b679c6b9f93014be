import type { Report } from '../run.ts'
import { badge } from './badge.ts'
import { json } from './json.ts'
import { junit } from './junit.ts'
import { markdown } from './markdown.ts'
import { pretty } from './pretty.ts'
import { tap } from './tap.ts'

export interface FormatOptions {
  /** Whether whoever reads it sees colours. Default false. */
  readonly hasColors?: boolean
}

export type Format = (report: Report, options?: FormatOptions) => string

export const FORMATS: Readonly<Record<string, Format>> = { pretty, tap, json, junit, markdown, badge }
