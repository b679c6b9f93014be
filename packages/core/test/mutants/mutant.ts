/** A rule of the protocol taken out of the source, and the test that has to notice. Files are those of this package. */
export interface Mutant {
  readonly id: string
  /** The source, and the text that stands in it in one place. */
  readonly file: string
  readonly find: string
  readonly replace: string
  /** The rule that is broken. */
  readonly rule: string
  /** `name` is the test's, behind those of the groups that it is in. */
  readonly killedBy: { readonly file: string; readonly name: string }
}
