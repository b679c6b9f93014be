import { defineTarget, type Target } from '@wt/conformance'
import { KeyvStore } from '../src/index.ts'

const target: Target = defineTarget({
  name: 'KeyvStore over a Map',
  values: 'json',
  capabilities: { keys: true },
  open: () => new KeyvStore({ driver: new Map() }),
  module: import.meta.url,
})

export default target
