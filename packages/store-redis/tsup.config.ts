import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
  },
  format: 'esm',
  target: 'node22.18',
  dts: true,
  clean: true,
  // Without its prefix a built-in is not found by Deno, and node:sqlite nowhere.
  removeNodeProtocol: false,
  tsconfig: 'tsconfig.build.json',
})
