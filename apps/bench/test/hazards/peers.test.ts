import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PEERS } from '../../src/hazards/peers.ts'

const read = (name: string): string => readFileSync(new URL(`../../peers/${name}`, import.meta.url), 'utf8')
const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
const lock = JSON.parse(read('package-lock.json')) as {
  packages: Record<string, { version?: string; resolved?: string; integrity?: string; link?: boolean }>
}

test('every peer is installed from the folder of peers, in one exact version that its lock has', () => {
  for (const { name } of PEERS.filter((peer) => peer.name !== 'ours')) {
    expect(dependencies[name], name).toMatch(/^\d+\.\d+\.\d+$/)
    expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(dependencies[name])
  }
})

test('the lock names no registry, and has a checksum of every package', () => {
  for (const [path, { resolved, integrity, link }] of Object.entries(lock.packages)) {
    // A folder of ours, or what stands for it among the packages.
    if (!path.includes('node_modules/')) continue
    if (link) {
      expect(lock.packages, path).toHaveProperty([resolved!])
      continue
    }
    expect(resolved, path).toBeUndefined()
    expect(integrity, path).toMatch(/^sha512-/)
  }
})
