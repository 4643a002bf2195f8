import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

import type { Answer, Deployment, Request, Subject } from './subject.ts'

const FUNCTIONS = fileURLToPath(new URL('functions', import.meta.url))
const CONFIG_MAP = 'contract-functions'
/** Making Services ready takes a cluster seconds; a full node takes longer. */
const READY_SECONDS = 180

const SETTINGS = ['KNATIVE_KUBECTL', 'KNATIVE_CURL', 'KNATIVE_INGRESS', 'KNATIVE_IMAGE']

/** Why there is no real Knative to test; undefined when there is. */
export const whyNotReal: string | undefined = SETTINGS.every((name) => (env[name] ?? '') !== '')
  ? undefined
  : `set ${SETTINGS.join(', ')} as test/contracts/README.md says`

/**
 * Knative on a cluster. `KNATIVE_KUBECTL` and `KNATIVE_CURL` are commands, perhaps with words before them that lead to
 * where the cluster can be reached; `KNATIVE_INGRESS` is the address of its ingress and `KNATIVE_IMAGE` any image with
 * `node`, which gets the functions as files of a ConfigMap.
 */
export const real: Subject = {
  name: 'Knative',
  traits: { isLaptop: false },
  deploy,
}

async function deploy(manifests: string): Promise<Deployment> {
  const namespace = `contract-${randomBytes(4).toString('hex')}`
  const inside = (...args: string[]) => kubectl(['-n', namespace, ...args])
  const remove = async (): Promise<void> => {
    await kubectl(['delete', 'namespace', namespace, '--wait=false'])
  }
  await kubectl(['create', 'namespace', namespace])
  try {
    await apply(namespace, await functionsMap())
    await apply(namespace, withImage(manifests))
    for (const kind of ['services.serving.knative.dev', 'pingsources.sources.knative.dev']) {
      if ((await inside('get', kind, '-o', 'name')).trim() === '') continue
      await inside('wait', '--for=condition=Ready', '--all', kind, `--timeout=${READY_SECONDS}s`)
    }
  } catch (error) {
    await remove()
    throw error
  }
  const hosts = new Map<string, string>()

  async function hostOf(service: string): Promise<string> {
    const known = hosts.get(service)
    if (known !== undefined) return known
    const url = await inside('get', 'services.serving.knative.dev', service, '-o', URL_PATH)
    const { host } = new URL(url)
    hosts.set(service, host)
    return host
  }

  return {
    namespace,
    request: async (service, request) => ask(await hostOf(service), request),
    change: (changed) => apply(namespace, withImage(changed)),
    async instances(service) {
      const label = `serving.knative.dev/service=${service}`
      const { items } = podList.parse(
        JSON.parse(await inside('get', 'pods', '-l', label, '-o', 'json')),
      )
      return items.filter(
        ({ metadata, status }) =>
          metadata.deletionTimestamp === undefined && status.phase === 'Running',
      ).length
    },
    laptop: undefined,
    remove,
  }
}

const URL_PATH = 'jsonpath={.status.url}'

const podList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ deletionTimestamp: z.string().optional() }),
      status: z.object({ phase: z.string() }),
    }),
  ),
})

async function apply(namespace: string, documents: string): Promise<void> {
  await kubectl(['-n', namespace, 'apply', '-f', '-'], documents)
}

/** The functions as a ConfigMap: one key a file. */
async function functionsMap(): Promise<string> {
  const names = await readdir(FUNCTIONS)
  const data: Record<string, string> = {}
  for (const name of names) data[name] = await readFile(join(FUNCTIONS, name), 'utf8')
  const metadata = { name: CONFIG_MAP }
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data })
}

/** The manifests with the image put in, and the functions mounted where the commands look for them: a list, as JSON. */
function withImage(manifests: string): string {
  const container = ['spec', 'template', 'spec', 'containers', 0]
  const items = parseAllDocuments(manifests).map((document): unknown => {
    if (document.get('kind') === 'Service') {
      document.setIn([...container, 'image'], env['KNATIVE_IMAGE'])
      document.setIn([...container, 'workingDir'], '/')
      document.setIn(
        [...container, 'volumeMounts'],
        [{ name: CONFIG_MAP, mountPath: '/functions', readOnly: true }],
      )
      document.setIn(
        ['spec', 'template', 'spec', 'volumes'],
        [{ name: CONFIG_MAP, configMap: { name: CONFIG_MAP } }],
      )
    }
    return document.toJS()
  })
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

const HEADERS_END = '\r\n\r\n'

async function ask(host: string, request: Request = {}): Promise<Answer> {
  const { method = 'GET', path = '/', headers = {}, body = '' } = request
  const sent = { 'content-type': '', expect: '', ...headers, host }
  const printed = await run(
    env['KNATIVE_CURL'],
    [
      '--silent',
      '--show-error',
      '--include',
      '--request',
      method,
      // An empty value takes away what curl would send by itself.
      ...Object.entries(sent).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
      ...(body.length === 0 ? [] : ['--data-binary', '@-']),
      `http://${env['KNATIVE_INGRESS']}${path}`,
    ],
    body,
  )
  const end = printed.indexOf(HEADERS_END)
  const [first = '', ...lines] = printed.slice(0, end).split('\r\n')
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
      }),
    ),
    body: printed.slice(end + HEADERS_END.length),
  }
}

const kubectl = (args: readonly string[], input?: string) =>
  run(env['KNATIVE_KUBECTL'], args, input)

/** Runs a command given as words; answers what it prints. */
function run(
  command = '',
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<string> {
  const [program = '', ...words] = command.split(' ')
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...words, ...args], (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${command} ${args.join(' ')}: ${stderr}`, { cause: error }))
    })
    // One that ends without reading says why on its own.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}
