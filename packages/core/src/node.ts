export { structured } from './codecs/structured.ts'
export { type TextMedium, TextStore, type TextStoreOptions } from './text-store/text-store.ts'
