/** The numbers as JSON keeps them: it has no -0, and a state that was stored must equal the one that was not. */
export function plainNumbers(values: Float64Array): number[] {
  const numbers: number[] = []
  for (const value of values) numbers.push(value + 0)
  return numbers
}
