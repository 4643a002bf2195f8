import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A package's name, with or without a path in it. */
const PACKAGE = '(?!functions/|platform/|scripts/|test/|node:|[./])[@\\w][\\w./-]*'

/**
 * Who may import whom: the first layer that a file matches decides. `mayImport` are patterns of files of ours, of
 * `node:` modules and of package names; `$1` stands for the function's folder.
 */
const layers: { name: string; files: RegExp; mayImport: string[] }[] = [
  {
    name: 'a core computes, with the event vocabulary and the models',
    files: /^functions\/(\w+)\/\1\.ts$/,
    mayImport: [
      'functions/lib/(events|row-events|timestamps|errors)\\.ts',
      'functions/lib/models/.*',
    ],
  },
  {
    name: 'an index only wires',
    files: /^functions\/(\w+)\/index\.ts$/,
    mayImport: [
      'functions/$1/[\\w-]+\\.ts',
      'functions/lib/(config|connect|edge|declared-models)\\.ts',
      'node:process',
    ],
  },
  {
    name: 'train alone fits networks',
    files: /^functions\/(train)\/mlp\.ts$/,
    mayImport: [
      'functions/$1/[\\w-]+\\.ts',
      'functions/lib/(events|timestamps)\\.ts',
      'functions/lib/(ports|models|networks)/.*',
    ],
  },
  {
    name: 'a handler meets the event through ports',
    files: /^functions\/(?!lib\/)(\w+)\/[\w-]+\.ts$/,
    mayImport: [
      'functions/$1/[\\w-]+\\.ts',
      'functions/lib/(events|row-events|timestamps|errors)\\.ts',
      'functions/lib/(ports|models)/.*',
      'cloudevents',
      'zod',
    ],
  },
  {
    name: 'models are pure numerics',
    files: /^functions\/lib\/models\//,
    mayImport: ['functions/lib/models/.*'],
  },
  {
    name: 'networks are fitted by TensorFlow.js, on plain numbers',
    files: /^functions\/lib\/networks\//,
    mayImport: [
      'functions/lib/(models|networks)/.*',
      'functions/lib/(log|ports/log)\\.ts',
      'node:(module|util)',
      '@tensorflow/[\\w-]+',
    ],
  },
  {
    name: 'ports, events and errors know only each other',
    files: /^functions\/lib\/(ports\/[\w-]+|events|row-events|timestamps|errors)\.ts$/,
    mayImport: ['functions/lib/(ports/.*|events|row-events|timestamps|errors)(\\.ts)?'],
  },
  {
    name: 'adapters and the edge may use packages',
    files: /^functions\/lib\//,
    mayImport: ['functions/lib/(?!networks/).*', 'node:.*', PACKAGE],
  },
  {
    name: "the console's page runs in a browser",
    files: /^platform\/local\/console\/page\//,
    mayImport: ['platform/local/console/.*', '/assets/.*'],
  },
  {
    name: 'the local platform starts functions by their path only',
    files: /^platform\/local\//,
    mayImport: ['platform/local/.*', 'functions/lib/.*', 'node:.*', PACKAGE],
  },
  {
    name: "the accuracy bench runs the functions' own cores",
    files: /^scripts\/lib\/accuracy\//,
    mayImport: [
      'scripts/lib/accuracy/.*',
      'functions/simulate/simulate\\.ts',
      'functions/train/(train|online|online-state|learner|snapshot)\\.ts',
      'functions/evaluate/(evaluate|take-rows)\\.ts',
      'functions/(predict|score)/\\1\\.ts',
      'functions/lib/(events|timestamps)\\.ts',
      'functions/lib/ports/declared-models\\.ts',
      'functions/lib/models/.*',
      'node:.*',
    ],
  },
  {
    name: 'scripts stand outside',
    files: /^scripts\//,
    mayImport: ['scripts/.*', 'platform/local/.*', 'functions/lib/.*', 'node:.*', PACKAGE],
  },
]

const IMPORTS =
  /^\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8')
  return [...source.matchAll(IMPORTS)].map(([, from, dynamic]) => {
    const name = from ?? dynamic ?? ''
    return name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name
  })
}

/** What is wrong with where a file stands and what it imports. */
function violations(file: string, imports: readonly string[]): string[] {
  const layer = layers.find(({ files }) => files.test(file))
  if (layer === undefined) return [`${file} is in no layer`]
  const folder = layer.files.exec(file)?.[1] ?? ''
  const allowed = layer.mayImport.map((pattern) => new RegExp(`^${pattern.replace('$1', folder)}$`))
  return imports
    .filter((name) => !allowed.some((pattern) => pattern.test(name)))
    .map((name) => `${layer.name}: ${file} imports ${name}`)
}

const files = globSync('{functions,platform,scripts}/**/*.{ts,js,mjs}', { cwd: root }).toSorted()

describe('who may import whom', () => {
  it.each(files)('%s', (file) => {
    expect(violations(file, importsOf(file))).toEqual([])
  })

  it.each([
    ['functions/score/score.ts', 'node:fs'],
    ['functions/score/score.ts', 'functions/score/handler.ts'],
    ['functions/score/score.ts', 'zod'],
    ['functions/score/handler.ts', 'functions/lib/adapters/sqlite-rows.ts'],
    ['functions/score/handler.ts', 'functions/predict/predict.ts'],
    ['functions/score/index.ts', 'node:fs'],
    ['functions/lib/models/ridge-cv.ts', 'ml-matrix'],
    ['functions/lib/models/mlp-network.ts', '@tensorflow/tfjs'],
    ['functions/lib/networks/fit-mlp.ts', 'ml-matrix'],
    ['functions/lib/connect.ts', 'functions/lib/networks/tensorflow.ts'],
    ['functions/train/train.ts', 'functions/lib/networks/fit-mlp.ts'],
    ['functions/predict/mlp.ts', 'functions/lib/networks/fit-mlp.ts'],
    ['functions/lib/ports/rows.ts', 'functions/lib/adapters/sqlite-rows.ts'],
    ['functions/lib/edge.ts', 'platform/local/platform.ts'],
    ['platform/local/platform.ts', 'functions/score/score.ts'],
    ['platform/local/platform.ts', 'scripts/nowcast.ts'],
    ['scripts/nowcast.ts', 'functions/score/score.ts'],
    ['scripts/lib/accuracy/lines.ts', 'functions/score/handler.ts'],
    ['scripts/lib/accuracy/pipeline.ts', 'functions/train/batch.ts'],
    ['scripts/lib/accuracy/pipeline.ts', 'functions/lib/ports/rows.ts'],
    ['functions/score/notes/idea.ts', 'node:fs'],
  ])('refuses that %s imports %s', (file, name) => {
    expect(violations(file, [name])).toHaveLength(1)
  })
})
