/** What an option of a plugin is set to; a codec with options of its own is a plugin. */
export type Value = string | number | Value[] | { readonly [name: string]: Value } | Plugin

export interface Plugin {
  readonly kind: 'plugin'
  readonly name: string
  readonly options: Readonly<Record<string, Value>>
}

/** Branches with their conditions as they stand there, in order; that of `else` is empty. */
interface Choice {
  readonly kind: 'choice'
  readonly branches: readonly { readonly condition: string; readonly body: readonly Step[] }[]
}

export type Step = Plugin | Choice

/** A pipeline's sections. */
export interface Pipeline {
  readonly input: readonly Step[]
  readonly filter: readonly Step[]
  readonly output: readonly Step[]
}

const SPACE = /(?:\s+|#[^\n]*)*/y
const NAME = /[A-Za-z_][\w-]*/y
const STRING = /"([^"]*)"|'([^']*)'/y
const NUMBER = /-?\d+(?:\.\d+)?/y
const CONDITION = /[^{]*/y

/**
 * Reads Logstash's configuration language as its grammar describes it: sections of plugins and conditions, options of
 * strings, numbers, words, lists, hashes and codecs. Throws with the line of what it cannot read.
 */
export function parsePipeline(text: string): Pipeline {
  let at = 0

  function match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found !== null) at = pattern.lastIndex
    return found
  }
  function space(): void {
    match(SPACE)
  }
  function sees(token: string): boolean {
    space()
    return text.startsWith(token, at)
  }
  function takes(token: string): boolean {
    const is = sees(token)
    if (is) at += token.length
    return is
  }
  function expect(token: string): void {
    if (!takes(token)) throw wrong(`"${token}" expected`)
  }
  function name(): string {
    space()
    const found = match(NAME)
    if (found === null) throw wrong('a name expected')
    return found[0]
  }
  function wrong(what: string): Error {
    const line = text.slice(0, at).split('\n').length
    return new Error(`line ${line}: ${what}, found ${JSON.stringify(text.slice(at, at + 20))}`)
  }

  function block(): Step[] {
    const steps: Step[] = []
    expect('{')
    while (!takes('}')) steps.push(step())
    return steps
  }
  function step(): Step {
    const first = name()
    if (first !== 'if') return { kind: 'plugin', name: first, options: hash() }
    const branches = [branch()]
    while (sees('else')) {
      expect('else')
      branches.push(takes('if') ? branch() : { condition: '', body: block() })
    }
    return { kind: 'choice', branches }
  }
  function branch() {
    const condition = match(CONDITION)?.[0].trim() ?? ''
    return { condition, body: block() }
  }
  function hash(): Record<string, Value> {
    const options: Record<string, Value> = {}
    expect('{')
    while (!takes('}')) {
      const key = match(STRING)
      const option = key === null ? name() : (key[1] ?? key[2] ?? '')
      if (option in options) throw wrong(`${option} is set twice`)
      expect('=>')
      options[option] = value()
    }
    return options
  }
  function value(): Value {
    if (sees('{')) return hash()
    if (takes('[')) return list()
    const string = match(STRING)
    if (string !== null) return string[1] ?? string[2] ?? ''
    const number = match(NUMBER)
    if (number !== null) return Number(number[0])
    const word = name()
    return sees('{') ? { kind: 'plugin', name: word, options: hash() } : word
  }
  function list(): Value[] {
    const items: Value[] = []
    while (!takes(']')) {
      items.push(value())
      takes(',')
    }
    return items
  }

  const sections: Record<string, Step[]> = { input: [], filter: [], output: [] }
  for (space(); at < text.length; space()) {
    const section = sections[name()]
    if (section === undefined) throw wrong('input, filter or output expected')
    section.push(...block())
  }
  const { input = [], filter = [], output = [] } = sections
  return { input, filter, output }
}

/** Every plugin of some steps, in whatever branch. */
export function pluginsOf(steps: readonly Step[]): Plugin[] {
  return steps.flatMap((step) =>
    step.kind === 'plugin' ? [step] : step.branches.flatMap(({ body }) => pluginsOf(body)),
  )
}
