import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    // The thread of AsyncSqliteStore, which finds it beside the index.
    worker: 'src/worker.ts',
  },
  format: 'esm',
  target: 'node22.18',
  dts: { entry: 'src/index.ts' },
  clean: true,
  // Without its prefix a built-in is not found by Deno, and node:sqlite nowhere.
  removeNodeProtocol: false,
  tsconfig: 'tsconfig.build.json',
})
