import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

import { sourceHash } from '../../../../scripts/lib/cluster/image.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'sources-'))
  mkdirSync(path.join(folder, 'functions', 'score'), { recursive: true })
  write('Dockerfile', 'FROM node')
  write('functions/score/index.ts', 'one')
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(file: string, text: string): void {
  writeFileSync(path.join(folder, file), text)
}

describe("the image's tag", () => {
  it('stays the same for the same sources, whatever else is there', () => {
    const before = sourceHash(folder)
    write('README.md', 'words')
    expect(sourceHash(folder)).toBe(before)
    expect(before).toMatch(/^[0-9a-f]{16}$/)
  })

  it.each([
    ['functions/score/index.ts', 'two'],
    ['functions/score/more.ts', ''],
    ['Dockerfile', 'FROM node:24'],
    ['package-lock.json', '{}'],
  ])('changes with %s', (file, text) => {
    const before = sourceHash(folder)
    write(file, text)
    expect(sourceHash(folder)).not.toBe(before)
  })
})
