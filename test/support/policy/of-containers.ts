import { type Container, podsOf } from './pods.ts'
import type { Document } from '../kustomize.ts'
import type { Rule } from './rule.ts'

/** The functions' own image: whoever deploys puts the one he built in its place, by digest. */
const OWN_IMAGE = 'nowcast'
const PINNED = /^[\w./-]+:v?\d+\.\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$/

function eachContainer(promise: string, fault: (container: Container) => string | undefined): Rule {
  return {
    promise,
    faults: (documents) =>
      podsOf(documents)
        .flatMap(({ containers }) => containers)
        .flatMap((container) => {
          const found = fault(container)
          return found === undefined ? [] : [`${container.who} ${found}`]
        }),
  }
}

export const nobodyIsRoot = eachContainer('no container runs as root', ({ security }) =>
  security.runAsNonRoot === true && security.runAsUser !== 0 ? undefined : 'may run as root',
)

export const rootIsReadOnly = eachContainer(
  'every root file system is read-only',
  ({ security }) =>
    security.readOnlyRootFilesystem === true ? undefined : 'may write to its root file system',
)

export const nobodyIsPrivileged = {
  promise: 'no container has a privilege, and none has its node',
  faults: (documents: readonly Document[]) => [
    ...containersArePlain.faults(documents),
    ...podsOf(documents).flatMap(({ who, spec }) => [
      ...(spec.hostNetwork || spec.hostPID || spec.hostIPC ? [`${who} shares its node`] : []),
      ...(spec.volumes.some(({ hostPath }) => hostPath !== undefined)
        ? [`${who} mounts a folder of its node`]
        : []),
    ]),
  ],
} satisfies Rule

const containersArePlain = eachContainer('', ({ security }) => {
  if (security.privileged === true) return 'is privileged'
  if (security.allowPrivilegeEscalation !== false) return 'may gain privileges'
  if (!security.capabilities?.drop.includes('ALL')) return 'keeps capabilities'
  if (security.capabilities.add.length > 0) return 'asks for capabilities'
  if (security.seccompProfile?.type !== 'RuntimeDefault') return 'may make any system call'
  return undefined
})

export const resourcesAreSaid = eachContainer(
  'every container says what it needs and what it may take',
  ({ resources, isOperators, isInit }) => {
    // An operator knows what its own preparations need.
    if (isOperators && isInit && resources === undefined) return undefined
    const missing = (['requests', 'limits'] as const).flatMap((side) =>
      ['cpu', 'memory']
        .filter((what) => resources?.[side][what] === undefined)
        .map((what) => `${side}.${what}`),
    )
    return missing.length === 0 ? undefined : `has no resources.${missing.join(', ')}`
  },
)

export const imagesArePinned: Rule = {
  promise: 'every image is pinned to an exact version',
  faults: (documents) => [
    ...eachContainer('', ({ image, isOperators }) => {
      if (image === undefined) return isOperators ? undefined : 'has no image'
      if (image === OWN_IMAGE || PINNED.test(image)) return undefined
      return `takes ${image}, which is no exact version`
    }).faults(documents),
    ...documents.flatMap((document) => faultsOfVersion(document)),
  ],
}

/** Kinds whose operator makes the image's name of a version. */
const VERSIONED: Readonly<Record<string, (document: Document) => unknown>> = {
  KnativeServing: ({ spec }) => field(spec, 'version'),
  KnativeEventing: ({ spec }) => field(spec, 'version'),
  Kafka: ({ spec }) => field(field(spec, 'kafka'), 'version'),
  MongoDBCommunity: ({ spec }) => field(spec, 'version'),
  Elasticsearch: ({ spec }) => field(spec, 'version'),
  Kibana: ({ spec }) => field(spec, 'version'),
  Logstash: ({ spec }) => field(spec, 'version'),
}

function faultsOfVersion(document: Document): string[] {
  const version = VERSIONED[document.kind]?.(document)
  const who = `${document.kind} ${document.metadata.name}`
  if (!(document.kind in VERSIONED)) return []
  if (typeof version !== 'string' || !/^\d+\.\d+\.\d+$/.test(version)) {
    return [`${who} has version ${String(version)}, which is no exact one`]
  }
  // An image of the set's own would stay behind when its version is raised.
  return document.kind === 'MongoDBCommunity'
    ? podsOf([document])
        .flatMap(({ containers }) => containers)
        .filter(({ image }) => image !== undefined && !image.includes(`:${version}-`))
        .map(
          ({ who: container, image }) =>
            `${container} takes ${image}, and its version is ${version}`,
        )
    : []
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** What runs until its work is done is asked nothing. */
const ENDING = ['Job', 'CronJob']

export const probesAreThere: Rule = {
  promise: 'every container that serves says whether it is ready',
  faults: (documents) =>
    podsOf(documents)
      .filter(({ kind }) => !ENDING.includes(kind))
      .flatMap(({ kind, containers }) =>
        containers
          .filter(({ isOperators, isInit }) => !isOperators && !isInit)
          .flatMap(({ who, hasReadinessProbe, hasLivenessProbe }) => [
            ...(hasReadinessProbe ? [] : [`${who} has no readiness probe`]),
            // Knative's queue asks whether a function is alive.
            ...(hasLivenessProbe || kind === 'Service' ? [] : [`${who} has no liveness probe`]),
          ]),
      ),
}

const SECRET_NAME = /PASSWORD|SECRET|TOKEN|CREDENTIAL|API_?KEY|PRIVATE_?KEY/i
const SECRET_TEXT = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\/\/[^/\s:@]+:[^/\s@]+@/

export const secretsAreElsewhere: Rule = {
  promise: 'no secret is written in a manifest',
  faults: (documents) => [
    ...documents
      .filter(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'Secret')
      .map(({ metadata }) => `Secret ${metadata.name} stands in a manifest`),
    ...documents
      .filter((document) => SECRET_TEXT.test(JSON.stringify(document)))
      .map(
        ({ kind, metadata }) =>
          `${kind} ${metadata.name} holds a key or an address with a password`,
      ),
    ...podsOf(documents)
      .flatMap(({ containers }) => containers)
      .flatMap(({ who, env, args }) => [
        ...env
          .filter(({ name, value }) => isSecret(name, value))
          .map(({ name }) => `${who} has ${name} as plain text`),
        ...args
          .filter((arg) => isSecret(...halves(arg)))
          .map((arg) => `${who} has ${halves(arg)[0]} as plain text`),
      ]),
  ],
}

function halves(argument: string): [string, string | undefined] {
  const [name = '', ...rest] = argument.split('=')
  return [name, rest.length === 0 ? undefined : rest.join('=')]
}

/** A path of a file with the secret in it, or a switch, is none itself. */
function isSecret(name: string, value: string | undefined): boolean {
  return SECRET_NAME.test(name) && value !== undefined && !/^(\/.*|true|false|)$/.test(value)
}
