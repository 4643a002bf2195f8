import type { Command } from 'commander'

import { describeError } from '../../functions/lib/log.ts'
import type { Redrive, Send } from '../../platform/local/dead-letters/redrive.ts'
import { sendByHttp } from '../../platform/local/dead-letters/send-by-http.ts'
import { KAFKA_INGRESS_URL } from '../../platform/local/parts/kafka-ingress.ts'
import type { KafkaCluster } from '../../platform/local/broker/kafka/kafka-cluster.ts'
import { appendMessage, askCluster, withClusterOption } from './cluster.ts'
import type { ClusterOptions } from './cluster.ts'
import { openLetters } from './dead-letters.ts'
import type { Letters, LettersOptions, ShownLetter } from './dead-letters.ts'
import { CommandFailure } from './failure.ts'
import { withClientOptions } from './options.ts'
import type { ClientOptions } from './options.ts'
import { printable } from './printable.ts'
import { withStoresOption } from './stores.ts'

interface RedriveOptions extends ClientOptions, ClusterOptions, LettersOptions {
  readonly all?: true
  readonly reason?: string
  readonly again?: boolean
  readonly dryRun?: boolean
  readonly namespace: string
}

/** `nowcast dead redrive` */
export function addRedrive(dead: Command): void {
  withClusterOption(
    withStoresOption(withClientOptions(dead.command('redrive'), 'print a JSON array')),
  )
    .description('send dead letters once more, and note those that are taken')
    .argument('[ids...]', 'the letters, as `dead list` names them')
    .option('--all', 'all that were not sent again yet')
    .option('--reason <text>', 'with --all: those whose code or reason has this text')
    .option('--again', 'also those that were sent again before')
    .option('--dry-run', 'only say what would be sent where')
    .option('--namespace <name>', 'where the KafkaSinks are', 'nowcast')
    .addHelpText(
      'after',
      `
An event goes to the address that refused it, as it was. A row that was left out of its event goes to the topic of its
kind as an event of its own; refused again, it comes back as another letter. What is sent again and taken is marked,
and is not sent a second time without --again.

With --mongo this command sends by itself: events by the gateway at --port (of a platform, or a port forwarded to a
cluster's internal one, such as kourier-internal), rows by a KafkaSink there, or to the brokers of --kafka.

Examples:
  nowcast dead redrive 3f2a9c…                          one letter
  nowcast dead redrive --all --reason handler-failed    what a mended function had refused`,
    )
    .action(redrive)
}

async function redrive(ids: readonly string[], options: RedriveOptions): Promise<void> {
  const { all, reason, kafka, mongo } = options
  if (all ? ids.length > 0 : ids.length === 0) {
    throw new CommandFailure('say which: ids as `nowcast dead list` names them, or --all', 2)
  }
  if (reason !== undefined && !all) {
    throw new CommandFailure('--reason chooses among all letters: give --all with it', 2)
  }
  if (kafka === undefined)
    return openLetters(options, (letters) => redriveFrom(letters, ids, options))
  if (mongo === undefined) {
    throw new CommandFailure(
      '--kafka is for letters of a MongoDB (--mongo): a platform sends to its own Kafka by itself',
      2,
    )
  }
  await askCluster(kafka, (cluster) =>
    openLetters(
      options,
      (letters) => redriveFrom(letters, ids, options),
      sendToCluster(cluster, sendByHttp(options.port)),
    ),
  )
}

async function redriveFrom(
  letters: Letters,
  ids: readonly string[],
  { all, json, reason = '', again = false, dryRun = false, namespace }: RedriveOptions,
): Promise<void> {
  const chosen = all ? await waiting(letters, reason, again) : ids
  const done: Redrive[] = []
  for (const id of chosen) {
    const one = await letters.redrive(id, { namespace, again, dryRun })
    done.push(one)
    if (!json) console.log(`${one.id}  ${printable(one.detail)}`)
    // Who is away for one is away for the next, and each would wait for its time.
    if (one.outcome === 'unanswered') break
  }
  if (json) console.log(JSON.stringify(done, undefined, 2))
  else if (chosen.length === 0) console.log('no letter to be sent again')
  const failed = done.filter(({ outcome }) => FAILED.includes(outcome)).length
  const left = chosen.length - done.length
  if (failed > 0) {
    const rest = left === 0 ? '' : `, ${left} not tried`
    throw new CommandFailure(`${failed} of ${chosen.length} not sent again${rest}`)
  }
}

const FAILED: readonly Redrive['outcome'][] = ['refused', 'unanswered', 'impossible']
const PAGE = 100

/** The ids of all letters that match, oldest first: what was refused first is sent first. */
async function waiting(letters: Letters, reason: string, again: boolean): Promise<string[]> {
  const ids: string[] = []
  let page: ShownLetter[] = []
  do {
    page = await letters.list(PAGE, page.at(-1)?.id)
    const matching = page.filter((one) => (again || one.redriven === undefined) && has(one, reason))
    ids.push(...matching.map(({ id }) => id))
  } while (page.length === PAGE)
  return ids.toReversed()
}

function has({ code, reason }: ShownLetter, text: string): boolean {
  return [code, reason].some((each) => each.toLowerCase().includes(text.toLowerCase()))
}

/** Writes what is meant for a KafkaSink to its topic, and sends everything else another way. */
function sendToCluster(cluster: KafkaCluster, otherwise: Send): Send {
  return async (resend) => {
    if (!resend.url.startsWith(`${KAFKA_INGRESS_URL}/`)) return otherwise(resend)
    try {
      await appendMessage(cluster, resend.url.split('/').at(-1) ?? '', resend)
      return { kind: 'answered', status: 202, reason: '' }
    } catch (error) {
      return { kind: 'unanswered', reason: describeError(error) }
    }
  }
}
