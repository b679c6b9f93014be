import { MapStore } from './map-store.js'

/** Reads `0` as absent: a plain object, which needs nothing of the suite. */
class FalsyIsAbsent extends MapStore {
  load(key) {
    return super.load(key) || undefined
  }
}

export default {
  name: 'broken-store',
  values: 'json',
  capabilities: { sync: true, durability: 'none', keys: true },
  open: (location) => new FalsyIsAbsent(location),
}
