export { structured } from './codecs/structured.ts'
export { KeyTurns } from './text-store/key-turns.ts'
export { keyOfRecordName, recordName } from './text-store/record-name.ts'
export { type TextMedium, TextStore, type TextStoreOptions } from './text-store/text-store.ts'
