/** `X = U diag(s) V'`, with U and V as lists of columns; a column of U whose singular value is 0 is all zeros. */
export interface SingularValues {
  u: Float64Array[]
  s: Float64Array
  v: Float64Array[]
}

const MAX_SWEEPS = 60

/**
 * The thin singular value decomposition of a matrix given by its columns: n rows, p columns, min(n, p) values in no
 * particular order.
 *
 * One-sided Jacobi rotations (Hestenes, 1958): pairs of columns are rotated until all are orthogonal, which finds small
 * singular values to high relative accuracy. O(n p²) a sweep, usually under ten sweeps.
 */
export function singularValues(columns: readonly Float64Array[]): SingularValues {
  const n = columns[0]?.length ?? 0
  if (columns.length > n) {
    const { u, s, v } = singularValues(transpose(columns, n))
    return { u: v, s, v: u }
  }
  const p = columns.length
  const work = columns.map((column) => column.slice())
  const v = columns.map((_, index) => {
    const unit = new Float64Array(p)
    unit[index] = 1
    return unit
  })
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep += 1) {
    let rotated = false
    for (let i = 0; i < p - 1; i += 1) {
      for (let j = i + 1; j < p; j += 1) rotated = orthogonalise(work, v, i, j) || rotated
    }
    if (!rotated) break
  }
  const s = Float64Array.from(work, (column) => Math.sqrt(dot(column, column)))
  const u = work.map((column, index) => {
    const value = s[index] ?? 0
    return value === 0 ? column : column.map((entry) => entry / value)
  })
  return { u, s, v }
}

/** Rotates columns i and j to be orthogonal; false when they already were, to rounding. */
function orthogonalise(work: Float64Array[], v: Float64Array[], i: number, j: number): boolean {
  const a = work[i]
  const b = work[j]
  const va = v[i]
  const vb = v[j]
  if (a === undefined || b === undefined || va === undefined || vb === undefined) return false
  const aa = dot(a, a)
  const bb = dot(b, b)
  const ab = dot(a, b)
  if (Math.abs(ab) <= Number.EPSILON * Math.sqrt(aa) * Math.sqrt(bb)) return false
  const zeta = (bb - aa) / (2 * ab)
  const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta))
  const cosine = 1 / Math.hypot(1, t)
  const sine = cosine * t
  rotate(a, b, cosine, sine)
  rotate(va, vb, cosine, sine)
  return true
}

function rotate(a: Float64Array, b: Float64Array, cosine: number, sine: number): void {
  for (let row = 0; row < a.length; row += 1) {
    const x = a[row] ?? 0
    const y = b[row] ?? 0
    a[row] = cosine * x - sine * y
    b[row] = sine * x + cosine * y
  }
}

/** The inner product of two vectors of one length. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0)
  return sum
}

function transpose(columns: readonly Float64Array[], n: number): Float64Array[] {
  return Array.from({ length: n }, (_, row) =>
    Float64Array.from(columns, (column) => column[row] ?? 0),
  )
}
