export { KeyvSqlite } from '@keyv/sqlite'
export { Keyv } from 'keyv'
