import { defineTarget } from '@wt/conformance'
import { MapStore } from './map-store.js'

export default defineTarget({
  name: 'my-store',
  values: 'json',
  capabilities: { sync: true, durability: 'none', keys: true },
  open: (location) => new MapStore(location),
})
