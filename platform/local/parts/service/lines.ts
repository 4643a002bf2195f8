import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Longest line that is kept, in characters; what a line has beyond it is left out. */
export const LONGEST_LINE = 65_536

/**
 * Calls back with each line a process prints, without its end. Always reads on, so that the process never waits for a
 * reader, and holds no more than one line.
 */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8')
  let line = ''
  let isCut = false
  const take = (part: string) => {
    if (isCut) return
    line += part
    if (line.length <= LONGEST_LINE) return
    line = `${line.slice(0, LONGEST_LINE)} … (cut)`
    isCut = true
  }
  const finish = () => {
    const whole = line.endsWith('\r') ? line.slice(0, -1) : line
    line = ''
    isCut = false
    if (whole !== '') onLine(whole)
  }
  const read = (text: string) => {
    const [first = '', ...others] = text.split('\n')
    take(first)
    for (const next of others) {
      finish()
      take(next)
    }
  }
  stream.on('data', (chunk: Buffer) => read(decoder.write(chunk)))
  stream.once('end', () => {
    read(decoder.end())
    finish()
  })
  // A pipe that breaks ends with its process, which is told elsewhere.
  stream.on('error', () => undefined)
}
