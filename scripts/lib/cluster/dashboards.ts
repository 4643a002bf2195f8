import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { z } from 'zod'

import { CommandFailure } from '../failure.ts'
import type { Kubernetes } from './kubernetes.ts'
import type { KubernetesObject } from './objects.ts'
import type { Part } from './parts.ts'
import { forward } from './port-forward.ts'
import type { Shell } from './shell.ts'
import type { Step } from './story.ts'

const ELASTICSEARCH_PORT = 9200
const KIBANA_PORT = 5601

/**
 * Templates, retention and dashboards: `scripts/elk.ts` over two forwarded ports, as the user that the operator made.
 * That script changes only what differs, so it is run each time.
 */
export function dashboards(shell: Shell, cluster: Kubernetes, elk: Part): Step {
  return {
    async act() {
      const elasticsearch = one(elk, 'Elasticsearch')
      const kibana = one(elk, 'Kibana')
      if (shell.isDryRun) {
        await setUp(shell, ELASTICSEARCH_PORT, KIBANA_PORT, 'ca.crt', '')
        return
      }
      const { name } = elasticsearch.metadata
      const namespace = elasticsearch.metadata.namespace ?? 'default'
      const password = await secretText(cluster, `${name}-es-elastic-user`, 'elastic', namespace)
      const authorities = [
        await secretText(cluster, `${name}-es-http-certs-public`, 'ca.crt', namespace),
        await secretText(
          cluster,
          `${kibana.metadata.name}-kb-http-certs-public`,
          'ca.crt',
          namespace,
        ),
      ]
      const folder = await mkdtemp(path.join(tmpdir(), 'nowcast-'))
      const authority = path.join(folder, 'ca.crt')
      await using ports = new AsyncDisposableStack()
      ports.defer(() => rm(folder, { recursive: true }))
      await writeFile(authority, authorities.join('\n'))
      const first = await forward(cluster.context, namespace, `${name}-es-http`, ELASTICSEARCH_PORT)
      ports.defer(() => first.close())
      const second = await forward(
        cluster.context,
        namespace,
        `${kibana.metadata.name}-kb-http`,
        KIBANA_PORT,
      )
      ports.defer(() => second.close())
      await setUp(shell, first.port, second.port, authority, password)
    },
  }
}

async function setUp(
  shell: Shell,
  elasticsearch: number,
  kibana: number,
  authority: string,
  password: string,
): Promise<void> {
  const env = { ELASTIC_USERNAME: 'elastic', ELASTIC_PASSWORD: password }
  const [first, second] = [`https://localhost:${elasticsearch}`, `https://localhost:${kibana}`]
  await shell.change({
    env,
    hidden: [password],
  })`node scripts/elk.ts --elasticsearch ${first} --kibana ${second} --ca ${authority}`
}

function one({ objects }: Part, kind: string): KubernetesObject {
  const found = objects.find((each) => each.kind === kind)
  if (found !== undefined) return found
  throw new CommandFailure(`the overlay's part elk has no ${kind}`)
}

async function secretText(
  cluster: Kubernetes,
  name: string,
  key: string,
  namespace: string,
): Promise<string> {
  const found = await cluster.get('secret', name, namespace)
  const { data } = z
    .looseObject({ data: z.record(z.string(), z.string()).default({}) })
    .parse(found ?? {})
  const value = data[key]
  if (value !== undefined) return Buffer.from(value, 'base64').toString()
  throw new CommandFailure(`Secret ${name} has no key ${key}; its operator has not written it`)
}
