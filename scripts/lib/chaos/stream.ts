import { draw, drawWhole } from './draw.ts'

/** An event that is published, as its HTTP request would carry it. */
export interface StreamEvent {
  readonly id: string
  readonly type: string
  readonly partitionKey: string
  /** Its data: JSON, or, of a poisoned one, perhaps not. */
  readonly body: string
}

/** Events, and the training that follows once all of them have been processed. */
export interface Phase {
  readonly events: readonly StreamEvent[]
  readonly tick: { readonly id: string; readonly time: string }
}

/** What is published in a run. The same seed and number of events give the same stream. */
export interface Stream {
  readonly phases: readonly Phase[]
  /** Rows that must be stored with features and target. */
  readonly samples: number
  /** Those of them that come after the first training, so that each must be scored. */
  readonly scored: number
  /** The events that hold something to be refused: each must leave a dead letter. */
  readonly poisoned: readonly string[]
}

/** Fewer do not fill the phases with the dozen rows that a training needs. */
export const LEAST_EVENTS = 120
export const SERIES = 'mltest'
const BEGIN = Date.UTC(2026, 0, 1)
const FEATURES = 4
/** How far an event may stand from its place, in samples: a target may come before its features. */
const JITTER = 8
/** One event in so many is poison. */
const POISON_EVERY = 20
const PARTITION_KEYS = ['left', 'right']

/** The timestamp of a sample, one a second. */
const timestampOf = (sample: number): string => new Date(BEGIN + sample * 1_000).toISOString()

/**
 * Draws a stream of so many events: features and target of each sample as two events, in partitions of their own and
 * not in order, with poison between them. A phase is at least a fifth of it and at most a thousand events.
 */
export function drawStream(seed: number, events: number): Stream {
  const count = Math.max(3, Math.ceil(events / 1_000))
  const sizes = Array.from(
    { length: count },
    (_, phase) => Math.floor(((phase + 1) * events) / count) - Math.floor((phase * events) / count),
  )
  const poisoned: string[] = []
  const phases: Phase[] = []
  let samples = 0
  let unscored = 0
  for (const [phase, size] of sizes.entries()) {
    // Two events a sample; what is left over is poison.
    const own = Math.floor((size * (1 - 1 / POISON_EVERY)) / 2)
    const placed: { place: number; event: StreamEvent }[] = []
    for (let sample = samples; sample < samples + own; sample += 1) {
      for (const kind of ['features', 'target'] as const) {
        const event = sampleEvent(seed, sample, kind)
        if (event.isPoisoned) poisoned.push(event.id)
        placed.push({ place: sample + JITTER * draw(seed, 'place', kind, sample), event })
      }
    }
    for (let index = 0; index < size - 2 * own; index += 1) {
      const event = poisonEvent(seed, `${phase}-${index}`)
      poisoned.push(event.id)
      placed.push({ place: samples + own * draw(seed, 'poison', phase, index), event })
    }
    const ordered = placed.toSorted((a, b) => a.place - b.place)
    samples += own
    if (phase === 0) unscored = own
    phases.push({
      events: ordered.map(({ event }) => event),
      tick: { id: `tick-${phase}`, time: timestampOf(samples) },
    })
  }
  return { phases, samples, scored: samples - unscored, poisoned }
}

function sampleEvent(
  seed: number,
  sample: number,
  kind: 'features' | 'target',
): StreamEvent & { readonly isPoisoned: boolean } {
  const timestamp = timestampOf(sample)
  const values = Array.from({ length: FEATURES }, (_, index) =>
    drawWhole(-1_000, 1_000, seed, 'value', sample, index),
  )
  const noise = draw(seed, 'noise', sample)
  const target = values.reduce((sum, value, index) => sum + value * (index + 1), noise)
  const features = Object.fromEntries(values.map((value, index) => [`feat_${index}`, value]))
  const row = kind === 'features' ? { timestamp, ...features } : { timestamp, target }
  // Now and then a bad row travels with the good one.
  const isPoisoned = draw(seed, 'mixed', kind, sample) < 1 / 50
  const rows = isPoisoned ? [{ timestamp, feat_0: 'poison', target: 'poison' }, row] : [row]
  return {
    id: `${kind}-${sample}`,
    type: `dev.nowcast.${kind}`,
    partitionKey: partitionKey(seed, kind, sample),
    body: JSON.stringify({ rows }),
    isPoisoned,
  }
}

const POISON = [
  { type: 'dev.nowcast.features', body: '{"rows":[{"timestamp":' },
  { type: 'dev.nowcast.features', body: '{"rows":[{"feat_0":1}]}' },
  {
    type: 'dev.nowcast.target',
    body: '{"rows":[{"timestamp":"2026-01-01T00:00:00Z","target":"x"}]}',
  },
  { type: 'dev.nowcast.target', body: '[]' },
  { type: 'dev.nowcast.gossip', body: '{"rows":[{"timestamp":"2026-01-01T00:00:00Z"}]}' },
]

function poisonEvent(seed: number, name: string): StreamEvent {
  const [first] = POISON
  const { type, body } = POISON[drawWhole(0, POISON.length - 1, seed, 'poison kind', name)] ??
    first ?? { type: '', body: '' }
  return { id: `poison-${name}`, type, partitionKey: partitionKey(seed, 'poison', name), body }
}

function partitionKey(seed: number, ...names: (string | number)[]): string {
  return PARTITION_KEYS[drawWhole(0, 1, seed, 'partition', ...names)] ?? 'left'
}
