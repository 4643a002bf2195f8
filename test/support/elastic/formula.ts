/** A Lens formula, read. */
export type Formula =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'field'; readonly name: string }
  | {
      readonly kind: 'call'
      readonly name: string
      readonly args: readonly Formula[]
      readonly named: Readonly<Record<string, number>>
    }

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_@][\w.@]*)|([-+*/(),=]))/y
const OPERATORS: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
}

/** Reads the part of the formula language that our panels use: calls, `+ - * /`, numbers, fields, named arguments. */
export function parseFormula(text: string): Formula {
  const tokens = tokensOf(text)
  let at = 0
  const next = () => tokens[at]
  const take = (expected?: string) => {
    const token = tokens[at++]
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new Error(
        `formula "${text}": ${expected ?? 'more'} expected, found ${token ?? 'its end'}`,
      )
    }
    return token
  }

  function sum(): Formula {
    return operation(['+', '-'], () => operation(['*', '/'], term))
  }

  function operation(operators: readonly string[], operand: () => Formula): Formula {
    let left = operand()
    for (let token = next(); token !== undefined && operators.includes(token); token = next()) {
      const name = OPERATORS[take()] ?? ''
      left = { kind: 'call', name, args: [left, operand()], named: {} }
    }
    return left
  }

  function term(): Formula {
    const token = take()
    if (token === '(') {
      const inner = sum()
      take(')')
      return inner
    }
    if (/^\d/.test(token)) return { kind: 'number', value: Number(token) }
    if (next() !== '(') return { kind: 'field', name: token }
    take('(')
    const args: Formula[] = []
    const named: Record<string, number> = {}
    while (next() !== ')') {
      if (tokens[at + 1] === '=') {
        const name = take()
        take('=')
        named[name] = Number(take())
      } else {
        args.push(sum())
      }
      if (next() === ',') take(',')
    }
    take(')')
    return { kind: 'call', name: token, args, named }
  }

  const formula = sum()
  if (at < tokens.length) throw new Error(`formula "${text}": nothing expected after its end`)
  return formula
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) throw new Error(`formula "${text}": unreadable at ${from}`)
    tokens.push(match[0].trim())
  }
  return tokens
}

/** The documents of one bucket: the values that each field has in them. */
export type Bucket = Readonly<Record<string, readonly number[]>>

/**
 * What Lens shows for a formula, a value for each bucket; null where there is none. A moving average is of the buckets
 * before, without the current one, and skips those without a value: so Kibana's help describes it.
 */
export function evaluate(formula: Formula, buckets: readonly Bucket[]): (number | null)[] {
  switch (formula.kind) {
    case 'number':
      return buckets.map(() => formula.value)
    case 'field':
      throw new Error(`${formula.name} stands alone: a field needs a function`)
    case 'call':
      return call(formula, buckets)
  }
}

function call(
  { name, args, named }: Extract<Formula, { kind: 'call' }>,
  buckets: readonly Bucket[],
): (number | null)[] {
  const [first, second] = args
  if (name === 'average' && first?.kind === 'field') {
    return buckets.map((bucket) => mean(bucket[first.name] ?? []))
  }
  if (first === undefined) throw new Error(`${name} has no argument`)
  const values = evaluate(first, buckets)
  if (name === 'moving_average') {
    return values.map((_, index) => {
      const before = values.slice(0, index).filter((value) => value !== null)
      return mean(before.slice(-(named['window'] ?? 5)))
    })
  }
  const math = MATH[name]
  if (math === undefined || second === undefined) throw new Error(`${name} is not known here`)
  const others = evaluate(second, buckets)
  return values.map((value, index) => {
    const other = others[index] ?? null
    return value === null || other === null ? null : math(value, other)
  })
}

const MATH: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  pow: (a, b) => a ** b,
}

export function mean(values: readonly number[]): number | null {
  if (values.length === 0) return null
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
