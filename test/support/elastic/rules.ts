import { z } from 'zod'

import type { Document } from '../kustomize.ts'

/** Something that holds of every set of manifests with Elasticsearch, Kibana and Logstash in it. */
interface Rule {
  readonly promise: string
  /** What breaks it, one sentence each that names the resource. */
  faults(documents: readonly Document[]): string[]
}

const text = z.string().optional()
const claim = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    storageClassName: text,
    resources: z.looseObject({ requests: z.looseObject({ storage: z.string() }) }),
  }),
})
const container = z.looseObject({
  name: z.string(),
  resources: z
    .looseObject({
      requests: z.record(z.string(), z.string()),
      limits: z.record(z.string(), z.string()),
    })
    .optional(),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })).default([]),
})
const template = z.looseObject({
  spec: z.looseObject({
    containers: z.array(container).default([]),
    initContainers: z.array(container).default([]),
  }),
})
const http = z
  .looseObject({
    service: z.looseObject({ spec: z.looseObject({ type: text }).optional() }).optional(),
    tls: z
      .looseObject({
        selfSignedCertificate: z.looseObject({ disabled: z.boolean().default(false) }).optional(),
      })
      .optional(),
  })
  .default({})
const config = z.record(z.string(), z.unknown()).default({})

const schemas = {
  Elasticsearch: z.looseObject({
    spec: z.looseObject({
      version: z.string(),
      volumeClaimDeletePolicy: text,
      http,
      nodeSets: z.array(
        z.looseObject({
          name: z.string(),
          count: z.number(),
          config,
          podTemplate: template,
          volumeClaimTemplates: z.array(claim).default([]),
        }),
      ),
    }),
  }),
  Kibana: z.looseObject({
    spec: z.looseObject({ version: z.string(), http, config, podTemplate: template }),
  }),
  Logstash: z.looseObject({
    spec: z.looseObject({
      version: z.string(),
      config,
      services: z.array(z.looseObject({ name: z.string() })).default([]),
      podTemplate: template,
      volumeClaimTemplates: z.array(claim).default([]),
    }),
  }),
  NetworkPolicy: z.looseObject({
    spec: z.looseObject({
      podSelector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).default({}) }),
      policyTypes: z.array(z.string()),
      ingress: z.array(z.unknown()).default([]),
      egress: z.array(z.looseObject({ to: z.array(z.looseObject({})).default([]) })).default([]),
    }),
  }),
} as const

function read<K extends keyof typeof schemas>(
  documents: readonly Document[],
  kind: K,
): z.output<(typeof schemas)[K]>['spec'][] {
  return documents
    .filter((document) => document.kind === kind)
    .map((document) => schemas[kind].parse(document).spec)
}

const encrypted: Rule = {
  promise: 'Elasticsearch and Kibana speak TLS only, and ask for a login',
  faults: (documents) => [
    ...(['Elasticsearch', 'Kibana'] as const).flatMap((kind) =>
      read(documents, kind)
        .filter(({ http: { tls } }) => tls?.selfSignedCertificate?.disabled === true)
        .map(() => `${kind} answers without TLS`),
    ),
    ...read(documents, 'Elasticsearch')
      .flatMap(({ nodeSets }) => nodeSets)
      .flatMap(({ name, config: set }) =>
        Object.keys(set)
          .filter((key) => key.startsWith('xpack.security'))
          .map((key) => `Elasticsearch ${name} sets ${key}, which is the operator's`),
      ),
  ],
}

const inside: Rule = {
  promise: 'Elasticsearch, Kibana and Logstash have addresses inside the cluster alone',
  faults: (documents) => [
    ...(['Elasticsearch', 'Kibana'] as const).flatMap((kind) =>
      read(documents, kind)
        .filter(({ http: { service } }) => service?.spec?.type !== 'ClusterIP')
        .map(() => `${kind} has a service of another type than ClusterIP`),
    ),
    ...read(documents, 'Logstash')
      .flatMap(({ services }) => services)
      .map(({ name }) => `Logstash has the service ${name}, and nobody calls it`),
  ],
}

const keptDisks: Rule = {
  promise: 'data outlives the resource it belongs to',
  faults: (documents) =>
    read(documents, 'Elasticsearch')
      .filter(({ volumeClaimDeletePolicy: policy }) => policy !== 'DeleteOnScaledownOnly')
      .map(() => 'Elasticsearch takes its disks with it when it is deleted'),
}

const oneVersion: Rule = {
  promise: 'the stack is of one exact version',
  faults(documents) {
    const versions = (['Elasticsearch', 'Kibana', 'Logstash'] as const).flatMap((kind) =>
      read(documents, kind).map(({ version }) => version),
    )
    const [first = '', ...others] = new Set(versions)
    return /^\d+\.\d+\.\d+$/.test(first) && others.length === 0
      ? []
      : [`the stack has the versions ${versions.join(', ')}`]
  },
}

const heapFits: Rule = {
  promise: 'a Java process gets the memory it asks for',
  faults: (documents) =>
    [
      ...read(documents, 'Elasticsearch').flatMap(({ nodeSets }) => nodeSets),
      ...read(documents, 'Logstash'),
    ]
      .flatMap(({ podTemplate }) => podTemplate.spec.containers)
      .filter(({ resources }) => {
        const memory = resources?.limits['memory']
        return memory === undefined || memory !== resources?.requests['memory']
      })
      .map(({ name }) => `${name} may be given less memory than its limit`),
}

const queueOnDisk: Rule = {
  promise: 'what Logstash has read, and what Elasticsearch refused, is on disks that hold it',
  faults: (documents) =>
    read(documents, 'Logstash').flatMap(({ config: set, podTemplate, volumeClaimTemplates }) => {
      const { volumeMounts = [] } = podTemplate.spec.containers[0] ?? {}
      const missing = (setting: string, bytes: string): string[] => {
        const path = set[setting]
        const mount = volumeMounts.find(({ mountPath }) => mountPath === path)
        const disk = volumeClaimTemplates.find(({ metadata }) => metadata.name === mount?.name)
        const size = disk?.spec.resources.requests.storage
        const fits = size !== undefined && bytesOf(String(set[bytes])) < bytesOf(size)
        return fits ? [] : [`Logstash's ${setting} has no disk of more than ${bytes}`]
      }
      return [
        ...(set['queue.type'] === 'persisted' ? [] : ["Logstash's queue is in memory"]),
        ...(set['dead_letter_queue.enable'] === true ? [] : ['Logstash drops what is refused']),
        ...missing('path.queue', 'queue.max_bytes'),
        ...missing('path.dead_letter_queue', 'dead_letter_queue.max_bytes'),
      ]
    }),
}

/** `8gb` and `10Gi`, in bytes: Logstash's units are powers of 1,024 too. */
function bytesOf(size: string): number {
  const [, number, unit = ''] = /^(\d+)([mg])[bi]$/i.exec(size) ?? []
  return Number(number) * 1024 ** (unit.toLowerCase() === 'g' ? 3 : 2)
}

/** The init containers that ECK 3.5 adds, where it gives them fewer limits than the namespace wants. */
const PREPARING = { Kibana: 'elastic-internal-init', Logstash: 'logstash-internal-init-config' }

const prepared: Rule = {
  promise: "the operator's init containers are limited like the container they prepare",
  faults: (documents) =>
    (['Kibana', 'Logstash'] as const).flatMap((kind) =>
      read(documents, kind).flatMap(({ podTemplate: { spec } }) => {
        const [main] = spec.containers
        const init = spec.initContainers.find(({ name }) => name === PREPARING[kind])
        const same =
          main?.['securityContext'] !== undefined &&
          JSON.stringify(init?.['securityContext']) === JSON.stringify(main['securityContext'])
        return same ? [] : [`${kind} says nothing of ${PREPARING[kind]}`]
      }),
    ),
}

/** Settings that keep each from asking servers on the internet. */
const QUIET = {
  Elasticsearch: { 'ingest.geoip.downloader.enabled': false },
  Kibana: {
    'newsfeed.enabled': false,
    'telemetry.optIn': false,
    'xpack.fleet.isAirGapped': true,
  },
}

const quiet: Rule = {
  promise: 'nothing asks the internet, which the network policies forbid',
  faults(documents) {
    const loud = (who: string, set: Record<string, unknown>, wanted: Record<string, boolean>) =>
      Object.entries(wanted)
        .filter(([key, value]) => set[key] !== value)
        .map(([key, value]) => `${who} does not set ${key} to ${value}`)
    return [
      ...read(documents, 'Elasticsearch')
        .flatMap(({ nodeSets }) => nodeSets)
        .flatMap((nodes) => loud(nodes.name, nodes.config, QUIET.Elasticsearch)),
      ...read(documents, 'Kibana').flatMap((kibana) => loud('Kibana', kibana.config, QUIET.Kibana)),
    ]
  },
}

/** The labels by which the operator's pods are known. */
const PODS = {
  Elasticsearch: 'elasticsearch.k8s.elastic.co/cluster-name',
  Kibana: 'kibana.k8s.elastic.co/name',
  Logstash: 'logstash.k8s.elastic.co/name',
}

const drawnFlow: Rule = {
  promise:
    'only what is drawn may flow: nobody calls Kibana or Logstash, and no address is reached',
  faults: (documents) =>
    Object.entries(PODS).flatMap(([kind, label]) => {
      const policies = read(documents, 'NetworkPolicy').filter(
        ({ podSelector }) => podSelector.matchLabels[label] === 'nowcast',
      )
      const [policy, ...others] = policies
      if (policy === undefined || others.length > 0) {
        return [`${kind} has ${policies.length} network policies`]
      }
      return [
        ...(['Ingress', 'Egress'].every((type) => policy.policyTypes.includes(type))
          ? []
          : [`${kind}'s policy leaves a direction open`]),
        ...(kind === 'Elasticsearch' || policy.ingress.length === 0
          ? []
          : [`${kind} lets somebody in`]),
        ...(policy.egress.every(({ to }) => to.length > 0 && !to.some((peer) => 'ipBlock' in peer))
          ? []
          : [`${kind} reaches addresses outside`]),
      ]
    }),
}

/** What holds of the stack in every overlay. */
export const ELASTIC_RULES: readonly Rule[] = [
  encrypted,
  inside,
  keptDisks,
  oneVersion,
  heapFits,
  queueOnDisk,
  prepared,
  quiet,
  drawnFlow,
]

/** The node sets, and the disks of Elasticsearch and Logstash by class. */
export function shapeOf(documents: readonly Document[]) {
  const [elasticsearch] = read(documents, 'Elasticsearch')
  const [logstash] = read(documents, 'Logstash')
  const nodes = (elasticsearch?.nodeSets ?? []).map(({ name, count, config: set }) => {
    return { name, count, roles: set['node.roles'] }
  })
  const disks = [
    ...(elasticsearch?.nodeSets ?? []).flatMap((nodeSet) =>
      nodeSet.volumeClaimTemplates.map(({ spec }) => [nodeSet.name, spec.storageClassName]),
    ),
    ...(logstash?.volumeClaimTemplates ?? []).map(({ metadata, spec }) => {
      return [metadata.name, spec.storageClassName]
    }),
  ]
  return { nodes, disks }
}
