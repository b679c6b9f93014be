const LONGEST = 80

/** A key as it stands in an error message: quoted when it is a string, shortened, never throwing. */
export function keyText(key: unknown): string {
  if (typeof key === 'string') {
    const shown = key.length > LONGEST ? `${key.slice(0, LONGEST)}…` : key
    return key.length > LONGEST
      ? `${JSON.stringify(shown)} (${key.length} characters)`
      : JSON.stringify(shown)
  }
  try {
    const text = String(key)
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
  } catch {
    // An object without a usable toString is still some key; a message must not fail over it.
    return `a key of type ${typeof key}`
  }
}
