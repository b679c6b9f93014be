import { defineTarget, type Target } from '@wt/conformance'
import target from './my-store.conformance.js'

const typed: Target = defineTarget({ ...target, name: 'typed-store' })
export default typed
