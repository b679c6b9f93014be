import type { Mutant } from './mutant.ts'

/** Rules of group commit. */
export const groupCommit: readonly Mutant[] = [
  {
    id: 'group/batch-goes-at-once',
    file: 'src/group-commit/commit-queue.ts',
    find: '      await nextTurn()\n',
    replace: '',
    rule: 'Calls of the same turn share one commit.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'calls share a commit > when they are of the same turn, and each is answered when the batch is',
    },
  },
  {
    id: 'group/two-steps-at-once',
    file: 'src/group-commit/commit-queue.ts',
    find: 'if (step[0]!.entries !== undefined) await sendBatch(this.#store, step)',
    replace: 'if (step[0]!.entries !== undefined) void sendBatch(this.#store, step)',
    rule: 'Calls made while a batch is on its way share the next commit: one is on its way at a time.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'calls share a commit > when they are made while a batch is on its way, together with those of who has just been answered',
    },
  },
  {
    id: 'group/removes-are-not-waited-for',
    file: 'src/group-commit/commit-queue.ts',
    find: 'else await Promise.all(step.map(answerAlone))',
    replace: 'else void Promise.all(step.map(answerAlone))',
    rule: 'A remove keeps its place among the stores of its key.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'the writes of a key keep their order > removes of different keys are made together, two of one key one after the other',
    },
  },
  {
    id: 'group/waiting-calls-are-overtaken',
    file: 'src/group-commit/commit-queue.ts',
    find: 'if (!goes || !stores) for',
    replace: 'if (goes && !stores) for',
    rule: 'A call goes ahead of others only if none of them names one of its keys.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'the writes of a key keep their order > a batch waits behind a remove of one of its keys, and whatever names its keys waits behind it',
    },
  },
  {
    id: 'group/two-removes-of-a-key-at-once',
    file: 'src/group-commit/commit-queue.ts',
    find: 'if (!goes || !stores) for',
    replace: 'if (!goes) for',
    rule: 'Writes of one key keep their order.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'the writes of a key keep their order > removes of different keys are made together, two of one key one after the other',
    },
  },
  {
    id: 'group/removes-go-with-stores',
    file: 'src/group-commit/commit-queue.ts',
    find: 'const isKind = (call.entries !== undefined) === stores',
    replace: 'const isKind = true',
    rule: 'A remove keeps its place among the stores of its key.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'the writes of a key keep their order > a remove has its place among the stores of its key, and others do not wait for it',
    },
  },
  {
    id: 'group/batch-has-no-limit',
    file: 'src/group-commit/commit-queue.ts',
    find: 'entries + keys.length <= this.#maxBatch\n',
    replace: 'entries + keys.length > 0\n',
    rule: 'At most maxBatch entries share a commit.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'calls share a commit > of at most maxBatch entries; a larger batch of a caller goes whole, by itself',
    },
  },
  {
    id: 'group/large-batch-never-goes',
    file: 'src/group-commit/commit-queue.ts',
    find: 'const hasRoom = step.length === 0 || entries',
    replace: 'const hasRoom = entries',
    rule: 'A storeMany of more than maxBatch goes whole, by itself.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'calls share a commit > of at most maxBatch entries; a larger batch of a caller goes whole, by itself',
    },
  },
  {
    id: 'group/called-off-call-is-sent',
    file: 'src/group-commit/commit-queue.ts',
    find: '      this.#queue.splice(this.#queue.indexOf(queued), 1)\n',
    replace: '',
    rule: "A call aborted while queued leaves with 'no': it is never sent.",
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: "giving up > a call aborted while it is queued leaves with 'no', and is never sent",
    },
  },
  {
    id: 'group/call-on-its-way-is-called-off',
    file: 'src/group-commit/commit-queue.ts',
    find: '      for (const call of step) call.taken()\n',
    replace: '',
    rule: 'A call aborted when its batch is on its way is answered with the batch.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'giving up > a call aborted when its batch is on its way is answered with the batch',
    },
  },
  {
    id: 'group/aborted-call-is-queued',
    file: 'src/group-commit/commit-queue.ts',
    find: '    if (signal?.aborted) throw aborted(call, signal)\n',
    replace: '',
    rule: 'A call that comes aborted is never sent.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: "giving up > a call aborted while it is queued leaves with 'no', and is never sent",
    },
  },
  {
    id: 'group/close-does-not-wait',
    file: 'src/group-commit/commit-queue.ts',
    find: '    await this.#running\n',
    replace: '',
    rule: 'close waits for what is queued.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'close > makes what is queued, then closes the store; afterwards every write is CLOSED',
    },
  },
  {
    id: 'group/closed-queue-takes-calls',
    file: 'src/group-commit/commit-queue.ts',
    find: '    if (this.#closing !== undefined) {\n',
    replace: '    if (this.#closing === null) {\n',
    rule: 'After close every write is CLOSED.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'close > makes what is queued, then closes the store; afterwards every write is CLOSED',
    },
  },
  {
    id: 'group/alone-is-a-batch',
    file: 'src/group-commit/send-batch.ts',
    find: '  if (calls.length === 1) {\n',
    replace: '  if (calls.length === 0) {\n',
    rule: 'A call that is alone in its batch is made as it came.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'calls share a commit > a call alone is made as it came, with its signal',
    },
  },
  {
    id: 'group/unknown-batch-is-made-again',
    file: 'src/group-commit/send-batch.ts',
    find: "error.applied === 'no' && !NOBODYS_FAULT",
    replace: '!NOBODYS_FAULT',
    rule: "Only a batch that failed with 'no' is retried.",
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'a batch that failed > with what may have happened, or is nobody’s fault, is told to every caller: StoreError: perhaps',
    },
  },
  {
    id: 'group/nobodys-fault-is-made-again',
    file: 'src/group-commit/send-batch.ts',
    find: "return StoreError.is(error) && error.applied === 'no' && !NOBODYS_FAULT.includes(error.code)",
    replace: "return StoreError.is(error) && error.applied === 'no'",
    rule: 'A code no single key can cause goes to every caller.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'a batch that failed > with what may have happened, or is nobody’s fault, is told to every caller: StoreError: down',
    },
  },
  {
    id: 'group/refused-batch-fails-all',
    file: 'src/group-commit/send-batch.ts',
    find: '    if (isOneCallsFault(error)) return answerOneByOne(calls)\n',
    replace: '',
    rule: "A batch that failed with 'no' is retried call by call.",
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: "a batch that failed > with 'no' is made again call by call, before any later batch; the refused call fails alone",
    },
  },
  {
    id: 'group/later-batches-overtake-the-retry',
    file: 'src/group-commit/send-batch.ts',
    find: 'if (isOneCallsFault(error)) return answerOneByOne(calls)',
    replace: 'if (isOneCallsFault(error)) return void answerOneByOne(calls)',
    rule: 'It is retried before any later batch goes.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: "a batch that failed > with 'no' is made again call by call, before any later batch; the refused call fails alone",
    },
  },
  {
    id: 'group/retry-goes-at-once',
    file: 'src/group-commit/send-batch.ts',
    find: '    const error = await answerAlone(call)\n    if (!StoreError.is(error)) continue',
    replace:
      '    const answer = answerAlone(call)\n    const error = undefined as unknown\n    void answer\n    if (!StoreError.is(error)) continue',
    rule: 'It is retried call by call.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: "a batch that failed > with 'no' is made again call by call, before any later batch; the refused call fails alone",
    },
  },
  {
    id: 'group/busy-is-waited-for-each-time',
    file: 'src/group-commit/send-batch.ts',
    find: "if (error.code !== 'BUSY' && !NOBODYS_FAULT",
    replace: 'if (!NOBODYS_FAULT',
    rule: 'When a call of those made again is BUSY, those after it are told so too, and are not made.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'a batch that failed > and is then BUSY call by call does not wait for the lock once for each',
    },
  },
  {
    id: 'group/retry-goes-on-when-the-store-is-gone',
    file: 'src/group-commit/send-batch.ts',
    find: "if (error.code !== 'BUSY' && !NOBODYS_FAULT.includes(error.code)) continue",
    replace: "if (error.code !== 'BUSY') continue",
    rule: 'What was not made again is certain to have changed nothing.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'a batch that failed > and then goes down call by call: what was not made again is certain to have changed nothing',
    },
  },
  {
    id: 'group/what-was-not-made-is-unknown',
    file: 'src/group-commit/send-batch.ts',
    find: "rest.reject(shared(error, rest, 'no'))",
    replace: 'rest.reject(shared(error, rest))',
    rule: 'What was not made again is certain to have changed nothing.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'a batch that failed > and then goes down call by call: what was not made again is certain to have changed nothing',
    },
  },
  {
    id: 'group/told-by-key-is-not-heard',
    file: 'src/group-commit/send-batch.ts',
    find: '    if (BulkStoreError.is(error)) return answerByKey(calls, error as BulkStoreError<K>)\n',
    replace: '',
    rule: 'A BulkStoreError is told key by key.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'a batch that failed > key by key is told key by key',
    },
  },
  {
    id: 'group/written-key-is-a-failure',
    file: 'src/group-commit/send-batch.ts',
    find: 'else if (written.has(key)) call.resolve(undefined)',
    replace: 'else if (written.has(key)) call.reject(error)',
    rule: 'A BulkStoreError is told key by key.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'a batch that failed > key by key is told key by key',
    },
  },
  {
    id: 'group/superseded-call-takes-the-blame',
    file: 'src/group-commit/send-batch.ts',
    find: "else if (failure?.applied === 'no' && last.get(key) !== call) await answerAlone(call)",
    replace: 'else if (failure === null) await answerAlone(call)',
    rule: 'A value that is refused fails its own caller alone.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'a batch that failed > because of another’s value of the same key: the call that was superseded is made by itself',
    },
  },
  {
    id: 'group/value-is-taken-late',
    file: 'src/group-commit.ts',
    find: 'return [key, snapshot(value)]',
    replace: 'return [key, value]',
    rule: 'store takes the value as it is at the call.',
    killedBy: {
      file: 'test/group-commit.test.ts',
      name: 'a value is taken as it is at the call > plain data, bytes and collections are copied, to any depth',
    },
  },
]
