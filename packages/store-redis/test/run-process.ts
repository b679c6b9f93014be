import { spawn } from 'node:child_process'
import { onTestFinished } from 'vitest'

/** What an ES module's text, with RedisStore and `args` in scope, prints in a process of its own until that ends by itself. */
export function runProcess(program: string, ...args: string[]): Promise<string> {
  const url = new URL('../src/index.ts', import.meta.url).href
  const text = `import { RedisStore } from '${url}'\nconst args = process.argv.slice(1)\n${program}`
  const command = ['--conditions=@wt/source', '--no-warnings', '--input-type=module', '--eval', text, ...args]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
  })
  return new Promise((resolve) => child.on('close', () => resolve(output)))
}
