import nodeFileSystem, { constants } from 'node:fs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SimFs } from '../../src/simfs/index.ts'

const SEED = 20_000_101

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY } = constants

/** A step of a program: what it calls, on which path or on the how-manieth of the descriptors it opened. */
type Call =
  | { call: 'open'; path: string; flags: number }
  | { call: 'close' | 'fsync' | 'fstat'; slot: number }
  | { call: 'read'; slot: number; length: number; position: number | null }
  | { call: 'write'; slot: number; text: string; position: number | null }
  | { call: 'lstat' | 'unlink' | 'readdir'; path: string }
  | { call: 'mkdir'; path: string; recursive: boolean }
  | { call: 'rename'; path: string; to: string }

const PATHS = ['a', 'b', 'd', 'd/a', 'd/b', 'd/e', 'd/e/a', 'a/x', 'missing/x', 'd/e/f/g']
const DOTTED = ['.', 'd/..', 'd/./a', 'd/../b', 'd/e/../../a', 'a/../b', 'n'.repeat(256)]
const FLAGS = [
  ...[O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_DIRECTORY, O_WRONLY | O_CREAT, O_RDWR | O_CREAT],
  ...[O_WRONLY | O_CREAT | O_EXCL, O_WRONLY | O_CREAT | O_TRUNC, O_WRONLY | O_TRUNC],
  ...[O_WRONLY | O_APPEND, O_RDWR | O_CREAT | O_APPEND],
]

const plainPath = fc.constantFrom(...PATHS)
const path = fc.oneof({ arbitrary: plainPath, weight: 5 }, fc.constantFrom(...DOTTED))
const slot = fc.nat(3)
const position = fc.option(fc.nat(20), { nil: null })
const calls: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ call: fc.constant('open' as const), path, flags: fc.constantFrom(...FLAGS) }),
  fc.record({ call: fc.constant('open' as const), path: plainPath, flags: fc.constant(O_RDWR | O_CREAT) }),
  fc.record({ call: fc.constantFrom('close' as const, 'fsync' as const, 'fstat' as const), slot }),
  fc.record({ call: fc.constant('read' as const), slot, length: fc.integer({ min: 1, max: 9 }), position }),
  fc.record({ call: fc.constant('write' as const), slot, text: fc.string({ minLength: 1 }), position }),
  fc.record({ call: fc.constantFrom('lstat' as const, 'unlink' as const, 'readdir' as const), path }),
  fc.record({ call: fc.constant('mkdir' as const), path, recursive: fc.boolean() }),
  fc.record({ call: fc.constant('rename' as const), path: plainPath, to: plainPath }),
)

type Port = Pick<typeof nodeFileSystem, 'openSync'> & SimFs

/** Runs calls on one file system below `root`; what each answered, or the code it failed with. */
class Program {
  readonly #fileSystem: Port
  readonly #root: string
  readonly #open: number[] = []

  constructor(fileSystem: unknown, root: string) {
    this.#fileSystem = fileSystem as Port
    this.#root = root
  }

  answer(call: Call): unknown {
    try {
      return this.#answer(call) ?? 'done'
    } catch (error) {
      const { code } = error as { code?: string }
      // Anything else is a fault of SimFs.
      if (code === undefined) throw error
      return code
    }
  }

  end(): void {
    for (const descriptor of this.#open) this.#fileSystem.closeSync(descriptor)
  }

  /** Every path with its content, sorted. */
  tree(directory: string = this.#root): string[] {
    return this.#fileSystem
      .readdirSync(directory)
      .sort()
      .flatMap((name) => {
        const path = `${directory}/${name}`
        const shown = path.slice(this.#root.length)
        if (this.#fileSystem.lstatSync(path).isDirectory()) return [shown, ...this.tree(path)]
        const descriptor = this.#fileSystem.openSync(path, O_RDONLY)
        const bytes = Buffer.alloc(1000)
        const length = this.#fileSystem.readSync(descriptor, bytes, 0, bytes.length, null)
        this.#fileSystem.closeSync(descriptor)
        return [`${shown}: ${bytes.toString('latin1', 0, length)}`]
      })
  }

  #answer(call: Call): unknown {
    const fileSystem = this.#fileSystem
    if ('slot' in call) return this.#answerOn(call, this.#open[call.slot])
    const path = `${this.#root}/${call.path}`
    switch (call.call) {
      case 'open':
        this.#open.push(fileSystem.openSync(path, call.flags, 0o600))
        return undefined
      case 'lstat': {
        const status = fileSystem.lstatSync(path, { throwIfNoEntry: false })
        return status && [status.isDirectory(), status.isDirectory() || status.size]
      }
      case 'unlink':
        return fileSystem.unlinkSync(path)
      case 'readdir':
        return fileSystem.readdirSync(path).sort()
      case 'mkdir': {
        const made = fileSystem.mkdirSync(path, { recursive: call.recursive, mode: 0o700 })
        return made?.slice(this.#root.length)
      }
      case 'rename':
        return fileSystem.renameSync(path, `${this.#root}/${call.to}`)
    }
  }

  #answerOn(call: Call & { slot: number }, descriptor: number | undefined): unknown {
    if (descriptor === undefined) return 'no such slot'
    const fileSystem = this.#fileSystem
    switch (call.call) {
      case 'close':
        this.#open.splice(call.slot, 1)
        return fileSystem.closeSync(descriptor)
      case 'fsync':
        return fileSystem.fsyncSync(descriptor)
      case 'fstat': {
        const status = fileSystem.fstatSync(descriptor)
        return [status.isDirectory(), status.isDirectory() || status.size]
      }
      case 'read': {
        const bytes = Buffer.alloc(12)
        const count = fileSystem.readSync(descriptor, bytes, 2, call.length, call.position)
        return [count, bytes.toString('latin1')]
      }
      case 'write': {
        const bytes = Buffer.from(`_${call.text}`, 'latin1')
        return fileSystem.writeSync(descriptor, bytes, 1, bytes.length - 1, call.position)
      }
    }
  }
}

test('SimFs answers every call as the real file system does, error codes included', () => {
  const base = mkdtempSync(join(tmpdir(), 'simfs-'))
  const answers = new Map<string, number>()
  let runs = 0
  try {
    fc.assert(
      fc.property(fc.array(calls, { minLength: 20, maxLength: 60 }), (program) => {
        const root = join(base, String(runs++))
        nodeFileSystem.mkdirSync(root)
        const simFs = new SimFs()
        simFs.mkdirSync(root, { recursive: true })
        const real = new Program(nodeFileSystem, root)
        const simulated = new Program(simFs, root)
        for (const call of program) {
          const answer = real.answer(call)
          expect(simulated.answer(call), JSON.stringify(call)).toEqual(answer)
          const kind = `${call.call} ${typeof answer === 'string' && /^E[A-Z]+$/.test(answer) ? answer : 'ok'}`
          answers.set(kind, (answers.get(kind) ?? 0) + 1)
        }
        real.end()
        simulated.end()
        expect(simulated.tree()).toEqual(real.tree())
        expect(simFs.openDescriptors).toBe(0)
      }),
      { seed: SEED, numRuns: 250 },
    )
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
  // The programs were not all about files that do not exist.
  for (const kind of [
    'read ok',
    'write ok',
    'rename ok',
    'rename ENOTEMPTY',
    'rename EINVAL',
    'open EEXIST',
  ]) {
    expect(answers.get(kind), kind).toBeGreaterThan(5)
  }
})
