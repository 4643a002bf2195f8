import { createInterface } from 'node:readline/promises'

import { CommandFailure } from '../failure.ts'

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined }
  readonly output: NodeJS.WritableStream
}

/**
 * Asks somebody at a terminal to type a word before what cannot be undone. Throws when they type another, or when
 * nobody is there to ask.
 */
export async function askConsent(
  { input, output }: Terminal,
  question: string,
  word: string,
): Promise<void> {
  if (input.isTTY !== true) {
    throw new CommandFailure(
      `${question}\nNobody is here to ask: say --yes to delete the data, or --keep-data to keep it`,
      2,
    )
  }
  const lines = createInterface({ input, output })
  try {
    const answer = await lines.question(`${question}\nType ${word} to go on: `)
    if (answer.trim() !== word) throw new CommandFailure('Nothing was deleted.', 2)
  } finally {
    lines.close()
  }
}
