import { Command, InvalidArgumentError, Option } from 'commander'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

import { describeError } from '../../../functions/lib/log.ts'
import { CommandFailure } from '../failure.ts'

/** Which cluster, and in which sizes: what bootstrap, status and teardown share. */
interface ClusterOptions {
  /** A cluster that exists, by its context: it is neither made nor deleted. */
  readonly context?: string
  readonly project?: string
  readonly region: string
  readonly cluster: string
  readonly overlay: 'dev' | 'production'
}

export interface BootstrapOptions extends ClusterOptions {
  readonly standard?: true
  readonly image?: string
  readonly only?: readonly string[]
  readonly deadline?: number
  readonly dryRun?: true
}

export interface StatusOptions extends ClusterOptions {
  readonly json?: true
}

export interface TeardownOptions extends ClusterOptions {
  readonly keepData?: true
  readonly keepOperators?: true
  readonly yes?: true
  readonly deadline?: number
  readonly dryRun?: true
}

export function bootstrapOptions(script: string, steps: readonly string[]): BootstrapOptions {
  return clusterCommand('bootstrap', 'Brings up Nowcast on a cluster, and the cluster too.')
    .option('--standard', 'make a Standard cluster instead of an Autopilot one')
    .option('--image <reference>', "the functions' image; built by Cloud Build when absent")
    .option('--only <steps>', `of ${steps.join(', ')}: these, with commas between`, oneOf(steps))
    .option('--deadline <minutes>', 'in place of the deadline of each step', minutes)
    .option('--dry-run', 'print every command and manifest, and change nothing')
    .parse(argumentsOf(script), { from: 'user' })
    .opts<BootstrapOptions>()
}

export function statusOptions(script: string): StatusOptions {
  return clusterCommand('status', 'What is ready, where it is, how far behind, what it costs.')
    .option('--json', 'as one JSON object')
    .parse(argumentsOf(script), { from: 'user' })
    .opts<StatusOptions>()
}

export function teardownOptions(script: string): TeardownOptions {
  return clusterCommand('teardown', 'Takes Nowcast off a cluster, and deletes the cluster it made.')
    .option('--keep-data', 'leave Kafka, MongoDB and Elasticsearch running, and the cluster')
    .option('--keep-operators', 'leave the operators and Knative: others use them')
    .option('--yes', 'delete the data without asking')
    .option('--deadline <minutes>', 'in place of the deadline of each step', minutes)
    .option('--dry-run', 'print every command, and change nothing')
    .parse(argumentsOf(script), { from: 'user' })
    .opts<TeardownOptions>()
}

/** Runs a script's story from the repository's folder. A failure is a sentence on stderr and an exit code. */
export async function tell(story: () => Promise<void>): Promise<void> {
  process.chdir(fileURLToPath(new URL('../../..', import.meta.url)))
  try {
    await story()
  } catch (error) {
    console.error(describeError(error))
    process.exitCode = error instanceof CommandFailure ? error.exitCode : 1
  }
}

function clusterCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--context <name>', 'a cluster that exists (kind, EKS …), by its context of kubectl')
    .option('--project <id>', "Google's project; gcloud's own when absent")
    .option('--region <name>', 'where the cluster is', 'us-central1')
    .option('--cluster <name>', 'what the cluster is called', 'nowcast')
    .addOption(
      new Option('--overlay <name>', 'the sizes').choices(['dev', 'production']).default('dev'),
    )
}

/** The words after a script's own name: zx and node put different words before it. */
function argumentsOf(script: string): string[] {
  const own = fileURLToPath(script)
  return process.argv.slice(process.argv.findIndex((word) => path.resolve(word) === own) + 1)
}

function minutes(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('Give a number of minutes.')
}

function oneOf(choices: readonly string[]): (text: string) => string[] {
  return (text) => {
    const words = text.split(',')
    const unknown = words.find((word) => !choices.includes(word))
    if (unknown === undefined) return words
    throw new InvalidArgumentError(`"${unknown}" is none of ${choices.join(', ')}.`)
  }
}
