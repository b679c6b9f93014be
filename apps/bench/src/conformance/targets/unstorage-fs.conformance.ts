import type { Target } from '@wt/conformance'
import { unstorageTarget } from './unstorage-target.ts'

const target: Target = await unstorageTarget('fs', import.meta.url)

export default target
