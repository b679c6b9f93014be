import { MapStore } from '../map-store.js'

/** A plain Map behind a codec: no state but its own, no clone, no class of the suite. */
export default {
  name: 'a Map',
  values: 'json',
  capabilities: { sync: true, keys: true },
  open: (location) => new MapStore(location),
}
