import type { Case } from './case.ts'

/** A case as its topic's file writes it: its topic and the first half of its id are the file's. */
export type TopicCase = Omit<Case, 'topic' | 'needs'> & { readonly needs?: Case['needs'] }

/** The cases of one topic; their ids become `topic/id`. */
export function defineTopic(topic: string, cases: readonly TopicCase[]): readonly Case[] {
  return cases.map((topicCase) => ({ needs: [], ...topicCase, topic, id: `${topic}/${topicCase.id}` }))
}
