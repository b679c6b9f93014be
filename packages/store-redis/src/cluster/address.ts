/** Where a node listens: `host:port`, of IPv6 without brackets, as the nodes themselves tell it. */
export type Address = string

export function addressOf(host: string, port: number | string): Address {
  return `${host}:${port}`
}

export function hostAndPort(address: Address): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':')
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) }
}

/** Where else a command has to go, by what a node answered instead of carrying it out. */
export interface Redirect {
  /** `MOVED`: the slot is there. `ASK`: this command's key may be. */
  readonly kind: 'MOVED' | 'ASK'
  readonly address: Address
}

/** Undefined when it is no redirect. A node that names no host means the one that was asked. */
export function redirectIn(error: unknown, asked: Address): Redirect | undefined {
  const told = /^(MOVED|ASK) \d+ (\S*):(\d+)$/.exec(error instanceof Error ? error.message : '')
  if (told === null) return undefined
  const [, kind, host, port] = told
  return { kind: kind as Redirect['kind'], address: addressOf(host || hostAndPort(asked).host, port!) }
}
