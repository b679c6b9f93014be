import { execFileSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { availableParallelism, cpus, release } from 'node:os'

/** Where and how the numbers came about. A figure without it means nothing. */
export interface Environment {
  readonly date: string
  readonly cpu: string
  readonly cores: number
  readonly node: string
  /** Of the project; with `+changes` when the working tree differs from it. Null outside a git repository. */
  readonly commit: string | null
  readonly platform: string
  /** Of the directory that holds the stores. Null when it is not known. */
  readonly fileSystem: string | null
  /** What reading the clock costs; it is part of each latency. */
  readonly clockMs: number
}

export function describeEnvironment(directory: string): Environment {
  const processors = cpus()
  return {
    date: new Date().toISOString(),
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    commit: commit(),
    platform: `${process.platform} ${process.arch} ${release()}`,
    fileSystem: fileSystemOf(directory),
    clockMs: clockMs(),
  }
}

/** The same for people, in two lines, and a third when durability means nothing here. */
export function environmentLines(environment: Environment): string {
  const { date, cpu, cores, node, commit, platform, fileSystem } = environment
  const lines = [
    `${cpu}, ${cores} cores · ${platform} · Node ${node}`,
    `${date} · commit ${commit ?? 'unknown'} · stores on ${fileSystem ?? 'an unknown file system'}`,
  ]
  if (fileSystem === 'tmpfs') lines.push('A tmpfs is memory: what is called durable here is not. Use --dir.')
  return lines.join('\n')
}

/** File systems by the number that statfs gives on Linux. */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  61267: 'ext2/ext3/ext4',
  16914836: 'tmpfs',
  2035054128: 'overlay',
  2435016766: 'btrfs',
  1481003842: 'xfs',
  801189825: 'zfs',
  26985: 'nfs',
  1702057286: 'fuse',
  4283649346: 'cifs',
  16914839: '9p',
}

function fileSystemOf(directory: string): string | null {
  if (process.platform !== 'linux') return null
  return FILE_SYSTEMS[statfsSync(directory).type] ?? null
}

function commit(): string | null {
  try {
    const hash = git('rev-parse', '--short=12', 'HEAD')
    return git('status', '--porcelain') === '' ? hash : `${hash}+changes`
  } catch {
    // No git, or an unpacked copy without history: the report says so with null.
    return null
  }
}

function git(...parameters: string[]): string {
  const cwd = import.meta.dirname
  return execFileSync('git', parameters, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
}

function clockMs(): number {
  const readings = 100_000
  const start = performance.now()
  for (let reading = 0; reading < readings; reading++) performance.now()
  return (performance.now() - start) / readings
}
