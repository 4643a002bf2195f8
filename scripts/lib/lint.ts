import type { Command } from 'commander'

import { existingFolder } from './folder.ts'
import { CommandFailure } from './failure.ts'

/** `nowcast lint` */
export function addLint(program: Command): void {
  program
    .command('lint')
    .description('check a folder of manifests: what would not start, and what would lose events')
    .argument('[folder]', 'the folder', '.')
    .option('--json', 'print a JSON array of { file, line, message }')
    .addHelpText(
      'after',
      `
It exits with 1 when it finds:
  a field, kind or reference that stops \`nowcast start\`, such as a sink, a topic, a Secret or a key that nobody declares
  a KafkaSource without retries, or without a dead letter sink (one that reads dead letters alone needs none)
  a dead letter sink that feeds its own source
  a consumer group that two sources use
  a topic that drops records sooner than a source gives up on them`,
    )
    .action(lint)
}

async function lint(folder: string, { json }: { readonly json?: true }): Promise<void> {
  // Loaded here: the manifests' schemas are large, and the other commands do without.
  const { lintManifests } = await import('../../platform/local/lint/lint.ts')
  const { problemLine } = await import('../../platform/local/manifests/problems.ts')
  const { documents, problems } = await linted(() => lintManifests(existingFolder(folder)))
  if (json) console.log(JSON.stringify(problems, undefined, 2))
  else for (const problem of problems) console.log(problemLine(problem))
  const files = new Set(problems.map(({ file }) => file)).size
  if (problems.length > 0) {
    throw new CommandFailure(`${counted(problems.length, 'problem')} in ${counted(files, 'file')}`)
  }
  if (!json) console.log(`${counted(documents, 'manifest')}: nothing wrong`)
}

/** A folder without manifests, or one that cannot be read, as a sentence. */
async function linted<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await check()
  } catch (cause) {
    if (cause instanceof CommandFailure || !(cause instanceof Error)) throw cause
    throw new CommandFailure(cause.message, 2, { cause })
  }
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
