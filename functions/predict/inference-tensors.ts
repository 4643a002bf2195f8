import { RejectedError } from '../lib/errors.ts'
import { MAX_ROWS } from './inference-schemas.ts'
import type { Inference } from './inference-schemas.ts'

type Input = Inference<'request_input'>

/**
 * The rows in the tensors of a request to a model with these features, in its order. Takes one tensor of shape
 * [n, features], or for each feature one of shape [n] or [n, 1]; a feature without a tensor is left out of the rows.
 * Throws a `RejectedError` that names the tensor and what is wrong with it.
 */
export function rowsOfTensors(
  inputs: readonly Input[],
  features: readonly string[],
): Record<string, number>[] {
  const [first] = inputs
  if (first !== undefined && inputs.length === 1 && isMatrix(first, features)) {
    return rowsOfMatrix(first, features)
  }
  return rowsOfColumns(inputs, features)
}

/** A tensor of another name with one column could be a feature that the model does not have. */
function isMatrix({ name, shape: [, columns = 1] }: Input, features: readonly string[]): boolean {
  return !features.includes(name) && (name === 'features' || columns > 1)
}

function rowsOfMatrix(input: Input, features: readonly string[]): Record<string, number>[] {
  const [rows, columns] = input.shape
  if (columns !== features.length) {
    throw fault(
      input,
      `has shape [${input.shape.join(', ')}]; the model takes [n, ${features.length}]: ${listed(features)}`,
    )
  }
  const values = elementsOf(input)
  return Array.from({ length: rows ?? 0 }, (_, row) =>
    Object.fromEntries(features.map((name, j) => [name, values[row * columns + j] ?? Number.NaN])),
  )
}

function rowsOfColumns(
  inputs: readonly Input[],
  features: readonly string[],
): Record<string, number>[] {
  const columns = new Map<string, Float64Array>()
  for (const input of inputs) {
    const { name, shape } = input
    if (!features.includes(name))
      throw fault(input, `is no input; the model takes ${listed(features)}`)
    if (columns.has(name)) throw fault(input, 'comes twice')
    if ((shape[1] ?? 1) !== 1 || shape[0] !== inputs[0]?.shape[0]) {
      throw fault(
        input,
        `has shape [${shape.join(', ')}]; a feature has [n] or [n, 1], with the same n as the others`,
      )
    }
    columns.set(name, elementsOf(input))
  }
  return Array.from({ length: inputs[0]?.shape[0] ?? 0 }, (_, row) =>
    Object.fromEntries([...columns].map(([name, values]) => [name, values[row] ?? Number.NaN])),
  )
}

/** The elements row by row; as many as the shape says, each a number of the type. */
function elementsOf(input: Input): Float64Array {
  const [rows = 0, columns = 1] = input.shape
  if (rows > MAX_ROWS) throw fault(input, `has ${rows} rows: send at most ${MAX_ROWS} in a request`)
  const isElement = elementTest(input)
  const elements = flattened(input, columns)
  if (elements.length !== rows * columns) {
    throw fault(
      input,
      `has ${elements.length} elements; its shape [${input.shape.join(', ')}] says ${rows * columns}`,
    )
  }
  return Float64Array.from(elements, (element, index) => {
    if (typeof element === 'number' && isElement(element)) return element
    throw fault(input, `element ${index} is no ${input.datatype} number`)
  })
}

function flattened(input: Input, columns: number): readonly unknown[] {
  const { data, shape } = input
  if (!data.some((part) => Array.isArray(part))) return data
  return data.flatMap((part: unknown, index) => {
    if (shape.length === 2 && Array.isArray(part) && part.length === columns) return part
    throw fault(input, `is not nested as its shape [${shape.join(', ')}] says, at ${index}`)
  })
}

function elementTest({ datatype }: Input): (element: number) => boolean {
  const [, unsigned, bits] = /^(U?)INT(\d+)$/.exec(datatype) ?? []
  if (bits === undefined) return Number.isFinite
  const least = unsigned === 'U' ? 0 : -(2 ** (Number(bits) - 1))
  const beyond = unsigned === 'U' ? 2 ** Number(bits) : -least
  return (element) => Number.isInteger(element) && element >= least && element < beyond
}

const MAX_LISTED = 20

/** Names, as many as a sentence can hold. */
export function listed(names: readonly string[]): string {
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : ''
  return `${names.slice(0, MAX_LISTED).join(', ')}${more}`
}

function fault({ name }: Input, what: string): RejectedError {
  return new RejectedError('tensor-invalid', `tensor "${name.slice(0, 80)}" ${what}`)
}
