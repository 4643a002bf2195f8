import { RejectedError } from '../lib/errors.ts'
import { championOf } from '../lib/models/champion-choice.ts'
import type { AuditEntry, Evaluation } from '../lib/models/evaluation-document.ts'
import { servedVersions } from '../lib/models/serving-pointers.ts'
import { serveVersion } from '../lib/models/version-trial.ts'
import { isRecord } from '../lib/row-events.ts'
import { refusedOf, told, withAudit, withChampion, withRefusal } from './decisions.ts'
import type { SeriesRules } from './evaluate.ts'

/** What somebody wants done with a model. */
export interface ModelCommand {
  /** Known commands are obeyed once. */
  id: string
  action: 'promote' | 'rollback'
  name: string
  version: number | undefined
}

const COMMANDS = 50

/** Reads the data of a `dev.nowcast.command`, or throws a `RejectedError` that says what is wrong with it. */
export function parseCommand(id: string, data: unknown): ModelCommand {
  if (!isRecord(data)) {
    throw new RejectedError(
      'command-unreadable',
      'the command is no JSON object: send {"name": …, "action": "promote" or "rollback"}',
    )
  }
  const { name, action, version } = data
  if (action !== 'promote' && action !== 'rollback') {
    const hint = action === 'train' ? 'send it to train' : 'send promote or rollback'
    throw new RejectedError(
      'action-unknown',
      `action ${quoted(action)} is none of evaluate's: ${hint}`,
    )
  }
  if (typeof name !== 'string') throw new RejectedError('name-missing', 'the command has no name')
  if (version === undefined || version === null) return { id, action, name, version: undefined }
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0) {
    throw new RejectedError('version-invalid', `version ${quoted(version)} is no whole number`)
  }
  return { id, action, name, version }
}

/**
 * The evaluation with a command obeyed; the same when it was obeyed before. `newestFirst` are the versions of the
 * command's model. Throws a `RejectedError` that says the way out when the command cannot be obeyed.
 */
export function obeyed(
  before: Evaluation,
  command: ModelCommand,
  rules: SeriesRules,
  newestFirst: readonly { name: string; version: number }[],
): Evaluation {
  if (before.commands.includes(command.id)) return before
  const { version, name } = command
  const isBatch = rules.models.some((model) => model.name === name && model.isBatch)
  if (!isBatch && (version !== undefined || command.action === 'rollback')) {
    throw new RejectedError(
      'model-online',
      `${quoted(name)} learns row by row and predicts from its newest state: promote it without a version, or promote another model`,
    )
  }
  if (version !== undefined && !newestFirst.some((known) => known.version === version)) {
    const [newest] = newestFirst
    const known =
      newest === undefined ? 'there is none' : `there are numbers up to ${newest.version}`
    throw new RejectedError(
      'version-unknown',
      `${quoted(name)} has no version ${version}: ${known}, GET /models lists them`,
    )
  }
  const noted = { ...before, commands: [...before.commands.slice(1 - COMMANDS), command.id] }
  return command.action === 'promote'
    ? promoted(noted, command, rules)
    : rolledBack(noted, command, rules, newestFirst)
}

function promoted(
  before: Evaluation,
  { id, name, version }: ModelCommand,
  { series, models }: SeriesRules,
): Evaluation {
  const { [name]: _pin, ...pins } = before.serving.pinned
  const left = refusedOf(before.serving.refused, name).filter((one) => one !== version)
  const serving = {
    ...before.serving,
    pinned: version === undefined ? pins : { ...pins, [name]: version },
    refused: { ...before.serving.refused, [name]: left },
  }
  const champion = championOf(
    serving,
    models.map((model) => model.name),
  )
  const changed =
    champion === name
      ? { ...before, serving: { ...serving, champion: name } }
      : withChampion({ ...before, serving }, champion, name)
  const record = before.versions[name]
  const versions =
    version === undefined || record === undefined
      ? before.versions
      : { ...before.versions, [name]: serveVersion(record, version) }
  return recorded({ ...changed, versions }, series, {
    kind: 'promoted',
    name,
    version: version ?? null,
    why: { command: id, from: champion },
  })
}

function rolledBack(
  before: Evaluation,
  { id, name, version: wanted }: ModelCommand,
  { series }: SeriesRules,
  newestFirst: readonly { name: string; version: number }[],
): Evaluation {
  const [served] = servedVersions(newestFirst, before.serving)
  const version = wanted ?? served?.version
  const { [name]: pin, ...others } = before.serving.pinned
  const pinned = pin === undefined || pin === version ? others : { ...others, [name]: pin }
  const unpinned = { ...before, serving: { ...before.serving, pinned } }
  const refusing = version === undefined ? undefined : withRefusal(unpinned, name, version)
  const left = refusing === undefined ? [] : servedVersions(newestFirst, refusing.serving)
  const [next] = left
  if (version === undefined || refusing === undefined || next === undefined) {
    throw new RejectedError(
      'nothing-before',
      `${quoted(name)} has no version to go back to: promote another model, or a version of this one`,
    )
  }
  const rolled = withRollback(refusing, { name, version, left })
  return recorded(rolled, series, {
    kind: 'rolled-back',
    name,
    version,
    why: { command: id, to: next.version },
  })
}

/**
 * The evaluation in which a refused version is neither served nor tried, nor is another tried against it. `left` are
 * the versions that may be served, the first of them first: one that has not predicted yet is none to be tried against.
 */
function withRollback(
  before: Evaluation,
  { name, version, left }: { name: string; version: number; left: readonly { version: number }[] },
): Evaluation {
  const record = before.versions[name]
  if (record === undefined) return before
  const { trial, served, highest } = record
  const isTried = trial?.version === version || trial?.predecessor === version
  const next = left.find((one) => one.version <= highest) ?? left[0]
  const after =
    served === version && next !== undefined
      ? serveVersion(record, next.version)
      : { ...record, trial: isTried ? null : trial }
  return { ...before, versions: { ...before.versions, [name]: after } }
}

function recorded(
  before: Evaluation,
  series: string,
  decision: Pick<AuditEntry, 'kind' | 'name' | 'version' | 'why'>,
): Evaluation {
  const timestamp = before.serving.through
  const entry = { timestamp, by: 'command', ...decision } as const
  return told(withAudit(before, entry), { series, ...entry, since: timestamp })
}

function quoted(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 80)
}
