import type { Call } from './stand-ins.ts'

/** What a change is about, in a few words. */
export function subjectOf({ program, words, input }: Call): string {
  const [first = '', second = '', third = ''] = words
  if (program === 'node') return first
  if (program === 'gcloud')
    return `${first} ${second} ${third}`.replace(/ (?:--|\S+\.com|\.).*$/, '')
  if (program === 'helm') return `release ${third}`
  const file = words[words.indexOf('-f') + 1] ?? ''
  if (file.startsWith('https:')) return file.replace(/^.*\//, '')
  const kinds = new Set([...input.matchAll(/^kind: (\w+)$/gm)].map(([, kind]) => kind))
  if (kinds.has('CustomResourceDefinition')) return /name: (.*)$/m.exec(input)?.[1] ?? ''
  if (kinds.has('Secret')) return input.includes('tls.key') ? 'credentials' : 'copies'
  return [...kinds].join(' ')
}
