import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    simfs: 'src/simfs/index.ts',
    kills: 'src/kills/index.ts',
    vitest: 'src/adapters/vitest.ts',
    'node-test': 'src/adapters/node-test.ts',
    jest: 'src/adapters/jest.ts',
    mocha: 'src/adapters/mocha.ts',
    cli: 'src/cli/main.ts',
  },
  format: 'esm',
  target: 'node22.18',
  dts: true,
  clean: true,
  // Without its prefix a built-in is not found by Deno, and node:sqlite nowhere.
  removeNodeProtocol: false,
  tsconfig: 'tsconfig.build.json',
})
