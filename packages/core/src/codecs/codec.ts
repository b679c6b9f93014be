/**
 * How values cross a persistent boundary. `decode(encode(value))` equals `value`, or `encode` throws
 * `StoreError('INVALID_VALUE')`. `decode` throws on bytes that no `encode` made; the store reports that as `CORRUPT`.
 * Neither keeps or changes what it was handed, and what it returns shares no memory with it.
 */
export interface Codec<V> {
  encode(value: V): Uint8Array
  decode(bytes: Uint8Array): V
}
