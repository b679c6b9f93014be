export { structured } from './codecs/structured.ts'
