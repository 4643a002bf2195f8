import { RetryableError } from '../lib/errors.ts'
import type { ModelVersion } from '../lib/ports/models.ts'
import type { States } from '../lib/ports/states.ts'

/** A version that was registered, and whose. */
export interface Registered {
  series: string
  version: ModelVersion
}

/** What is to be done about one model: it reads its state document and says what it is from then on. */
export interface Task {
  /** The id of the state document. */
  id: string
  /** Computes from the document as it is stored, undefined when there is none; may be asked again. */
  attempt(document: unknown): Promise<Attempt>
}

export interface Attempt {
  /** What is to be put; undefined when nothing has changed. */
  document?: Readonly<Record<string, unknown>> | undefined
  /** To be published before the document is put: the document says that it is done. */
  versions: readonly Registered[]
  /** There is more to be done than was done. */
  isUnfinished?: boolean
  /** Says in the log what was done, once it is. */
  report?: (() => void) | undefined
}

const TRIES = 5

/**
 * Does tasks, each with one compare-and-set put, and publishes all that they have registered in one go before any put:
 * whoever repeats an event that was cut off finds the states as they were, and publishes the same again. Who loses a
 * put reads again and redoes its task; after five lost ones in succession a `RetryableError` asks for the whole event.
 *
 * A task that fails holds up no other: what it failed with is thrown when the others are done.
 */
export async function settle(
  states: States,
  tasks: readonly Task[],
  publish: (versions: readonly Registered[]) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = []
  let open = tasks.map((task) => ({ task, lost: 0 }))
  while (open.length > 0) {
    const attempted = []
    for (const { task, lost } of open) {
      const stored = await states.get(task.id)
      try {
        const attempt = await task.attempt(stored?.document)
        attempted.push({ task, lost, attempt, revision: stored?.revision ?? 0 })
      } catch (error) {
        failures.push(error)
      }
    }
    await publish(attempted.flatMap(({ attempt }) => attempt.versions))
    open = []
    for (const { task, lost, attempt, revision } of attempted) {
      const { document, isUnfinished = false, report } = attempt
      const isDone = document === undefined || (await states.put(task.id, document, revision))
      if (isDone) report?.()
      if (isDone && isUnfinished) open.push({ task, lost: 0 })
      if (!isDone) open.push({ task, lost: lost + 1 })
    }
    const loser = open.find(({ lost }) => lost >= TRIES)
    if (loser !== undefined) {
      throw new RetryableError(`${loser.task.id} was changed by others ${TRIES} times`)
    }
  }
  if (failures.length === 0) return
  throw failures.find((error) => error instanceof RetryableError) ?? failures[0]
}
