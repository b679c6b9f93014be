import { testConformance } from '@wt/conformance/vitest'
import onNodeSqlite from './store-sqlite.conformance.ts'
import onBetterSqlite from './store-sqlite-better-sqlite3.conformance.ts'
import onNodeSqliteProcess from './store-sqlite-process.conformance.ts'

testConformance(onNodeSqlite)
testConformance(onNodeSqliteProcess)
testConformance(onBetterSqlite)
