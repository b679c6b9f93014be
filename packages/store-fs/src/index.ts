export { FsStore } from './fs-store.ts'
export type { FsStoreOptions } from './options.ts'
export type { Verification } from './verify.ts'
export type { FileStatus, FileSystem } from './file-system.ts'
