import process from 'node:process'

/** What is done when whoever reads our output goes away, as `head` does. */
export interface WatchedOutput {
  /** Replaces it; at first the command ends, in silence and without a fault. */
  whenClosed(act: () => void): void
}

/** Watches an output stream for its reader's end, which without this is a crash with a stack trace. */
export function watchOutput(stream: NodeJS.WriteStream): WatchedOutput {
  let act = endQuietly
  stream.on('error', (error) => {
    if (!('code' in error) || error.code !== 'EPIPE') throw error
    act()
  })
  return {
    whenClosed(next) {
      act = next
    },
  }
}

function endQuietly(): void {
  process.exit(0)
}
