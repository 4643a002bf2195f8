/**
 * Symmetric matrices of order d as the rows of their lower triangle, one after the other: entry (i, j), j <= i, is at
 * i(i+1)/2 + j. Half the numbers, and nothing that could become unsymmetrical.
 */
export function triangle(d: number): number {
  return (d * (d + 1)) / 2
}

/** Where row i of a lower triangle begins. */
export function rowAt(i: number): number {
  return (i * (i + 1)) / 2
}

/** Replaces a positive definite matrix by its Cholesky factor L, L L' = A; false when it is not, to rounding. */
export function factorise(a: Float64Array, d: number): boolean {
  for (let i = 0; i < d; i += 1) {
    const rowI = rowAt(i)
    const before = a[rowI + i] ?? 0
    for (let j = 0; j <= i; j += 1) {
      const rowJ = rowAt(j)
      let sum = a[rowI + j] ?? 0
      for (let k = 0; k < j; k += 1) sum -= (a[rowI + k] ?? 0) * (a[rowJ + k] ?? 0)
      if (j < i) a[rowI + j] = sum / (a[rowJ + j] ?? 1)
      else if (sum > Number.EPSILON * before) a[rowI + i] = Math.sqrt(sum)
      else return false
    }
  }
  return true
}

/** Replaces b by the solution x of L L' x = b. */
export function solveFactorised(l: Float64Array, d: number, b: Float64Array): void {
  for (let i = 0; i < d; i += 1) {
    const row = rowAt(i)
    let sum = b[i] ?? 0
    for (let k = 0; k < i; k += 1) sum -= (l[row + k] ?? 0) * (b[k] ?? 0)
    b[i] = sum / (l[row + i] ?? 1)
  }
  for (let i = d - 1; i >= 0; i -= 1) {
    const row = rowAt(i)
    const value = (b[i] ?? 0) / (l[row + i] ?? 1)
    b[i] = value
    for (let k = 0; k < i; k += 1) b[k] = (b[k] ?? 0) - (l[row + k] ?? 0) * value
  }
}
