import { execFile } from 'node:child_process'
import { env } from 'node:process'
import { promisify } from 'node:util'

/** The command that starts and kills the broker of `KAFKA_BROKERS`, and the folder of its state. */
const [command, ...state] = (env['KAFKA_CONTROL'] ?? '').split(' ').filter((word) => word !== '')

/** Whether tests may kill the broker: `KAFKA_CONTROL` names its script, as `test/contracts/README.md` says. */
export const isKafkaControlled = command !== undefined

/** Kills the broker with SIGKILL, or starts it and waits until it answers. */
export async function controlKafka(verb: 'kill' | 'up'): Promise<void> {
  if (command === undefined) throw new Error('set KAFKA_CONTROL to the script of the broker')
  await promisify(execFile)(command, [verb, ...state])
}
