import { createHash } from 'node:crypto'

/**
 * A number in [0, 1) that is a function of the names alone: whoever asks again, in whatever order, gets the same. The
 * first 32 bits of a SHA-256 of the names as JSON.
 */
export function draw(...names: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(names)).digest().readUInt32BE(0) / 2 ** 32
}

/** A whole number from `least` to `most`, both included. */
export function drawWhole(
  least: number,
  most: number,
  ...names: readonly (string | number)[]
): number {
  return least + Math.floor(draw(...names) * (most - least + 1))
}
