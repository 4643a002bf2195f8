import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'

/** A command as a container would run it. */
export interface Command {
  readonly command: readonly string[]
  readonly folder: string
  /** Its whole environment; `PATH` finds the command. */
  readonly variables: Readonly<Record<string, string>>
}

/** How a process ended. */
interface Exit {
  /** Undefined when a signal ended it, or it was never started. */
  readonly code: number | undefined
  /** E.g. `exit code 1` or `signal SIGKILL`. */
  readonly words: string
}

export interface Running {
  /** Undefined when the system could not start it. */
  readonly pid: number | undefined
  readonly stdout: Readable
  readonly stderr: Readable
  /** Resolves once it has ended and its output is read, and nothing of its process group is left. Never rejects. */
  readonly ended: Promise<Exit>
  /** Asks the command to end, as Kubernetes does (SIGTERM). */
  readonly terminate: () => void
  /** Ends the command and everything it started (SIGKILL to its process group). */
  readonly kill: () => void
}

// The command takes the shell's place (`exec`), so its pid is the one we know. Beside it, in its process group, stays
// this guard: a shell of under a megabyte that waits for the end of a pipe only the platform holds. The system closes
// that pipe however the platform dies, kill -9 included, and the guard then kills the group. It is there before the
// command is, so there is no moment in which a command could be left behind.
const GUARDED = `(trap '' INT HUP TERM; read -r end <&3; kill -s KILL 0) >/dev/null 2>&1 &
exec "$@" 3<&-`

// A pipe that something of another process group holds open must not keep an ended process alive here.
const OUTPUT_GRACE_MS = 500

/** Starts a command that ends no later than this platform does. A start that fails is an end, told by `ended`. */
export function run({ command, folder, variables }: Command): Running {
  const { plain, odd } = split(variables)
  const child = spawn('/bin/sh', ['-c', GUARDED, 'nowcast', ...odd, ...command], {
    cwd: folder,
    env: plain,
    // Its own process group: the terminal's Ctrl-C is the platform's to handle, and the group can be killed as one.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  const exited = endOf(child, folder)
  const [, stdout, stderr, pipe] = Array.isArray(child.stdio) ? child.stdio : []
  if (!isReadable(stdout) || !isReadable(stderr) || !pipe) {
    throw new Error('no process can be started: this user has too many processes or open files')
  }
  pipe.on('error', () => undefined)
  // Once the whole group is gone the system may give its number to a stranger.
  let isGone = child.pid === undefined
  const kill = () => {
    if (!isGone) signal(child, 'SIGKILL', 'group')
  }
  const ended = exited.then(async (exit) => {
    // What the command started and left goes with it, and so does its guard.
    kill()
    isGone = true
    pipe.destroy()
    await closed([stdout, stderr])
    return exit
  })
  return {
    pid: child.pid,
    stdout,
    stderr,
    ended,
    terminate: () => {
      if (child.exitCode === null && child.signalCode === null) signal(child, 'SIGTERM', 'command')
    },
    kill,
  }
}

// A shell forgets variables whose names it could not use itself (`ca.crt`), which Kubernetes allows: `env` sets them.
function split(variables: Readonly<Record<string, string>>): {
  plain: Record<string, string>
  odd: string[]
} {
  const plain: Record<string, string> = {}
  const odd: string[] = []
  for (const [name, value] of Object.entries(variables)) {
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) plain[name] = value
    else odd.push(`${name}=${value}`)
  }
  return { plain, odd: odd.length > 0 ? ['env', ...odd] : [] }
}

function endOf(child: ChildProcess, folder: string): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      // The shell is there: what is missing is the folder.
      const reason = code === 'ENOENT' ? `there is no folder ${folder}` : message
      resolve({ code: undefined, words: `no start: ${reason}` })
    })
    child.once('exit', (code, by) =>
      resolve({ code: code ?? undefined, words: by === null ? codeInWords(code) : `signal ${by}` }),
    )
  })
}

function codeInWords(code: number | null): string {
  if (code === 127) return 'exit code 127 (no such command)'
  if (code === 126) return 'exit code 126 (the command is not executable)'
  return `exit code ${code}`
}

function signal(child: ChildProcess, name: 'SIGTERM' | 'SIGKILL', to: 'command' | 'group'): void {
  if (child.pid === undefined) return
  try {
    process.kill(to === 'group' ? -child.pid : child.pid, name)
  } catch (error) {
    // It has ended already (macOS says so with EPERM): that is what was wanted.
    if (!hasEnded(error)) throw error
  }
}

function hasEnded(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false
  return error.code === 'ESRCH' || error.code === 'EPERM'
}

async function closed(streams: readonly Readable[]): Promise<void> {
  const all = Promise.all(
    streams.map(
      (stream) =>
        new Promise<void>((resolve) => {
          if (stream.closed) resolve()
          else stream.once('close', () => resolve())
        }),
    ),
  )
  const cut = setTimeout(() => streams.forEach((stream) => stream.destroy()), OUTPUT_GRACE_MS)
  await all
  clearTimeout(cut)
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'readable' in stream
}
