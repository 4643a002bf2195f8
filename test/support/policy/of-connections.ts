import { z } from 'zod'
import type { Document } from '../kustomize.ts'
import { podsOf } from './pods.ts'
import type { Rule } from './rule.ts'

const text = z.string().optional()
const reference = z.looseObject({ secretKeyRef: z.looseObject({ name: z.string() }).optional() })

function ofKind(documents: readonly Document[], kind: string, group = ''): Document[] {
  return documents.filter((each) => each.kind === kind && each.apiVersion.startsWith(group))
}

const kafka = z.looseObject({
  spec: z.looseObject({
    kafka: z.looseObject({
      authorization: z
        .looseObject({ type: text, superUsers: z.array(z.string()).default([]) })
        .optional(),
      listeners: z.array(
        z.looseObject({
          name: z.string(),
          tls: z.boolean(),
          type: z.string(),
          authentication: z.looseObject({ type: text }).optional(),
          networkPolicyPeers: z.array(z.unknown()).default([]),
        }),
      ),
    }),
  }),
})
const user = z.looseObject({
  spec: z.looseObject({
    authentication: z.looseObject({ type: text }).optional(),
    authorization: z
      .looseObject({
        acls: z.array(
          z.looseObject({
            operations: z.array(z.string()),
            host: text,
            resource: z.looseObject({ type: z.string(), name: text, patternType: text }),
          }),
        ),
      })
      .optional(),
  }),
})
const source = z.looseObject({
  spec: z.looseObject({
    topics: z.array(z.string()),
    bootstrapServers: z.array(z.string()),
    delivery: z
      .looseObject({ retry: z.number().optional(), deadLetterSink: z.unknown().optional() })
      .optional(),
    net: z
      .looseObject({
        tls: z
          .looseObject({ enable: z.boolean().optional(), caCert: reference.optional() })
          .optional(),
        sasl: z
          .looseObject({
            enable: z.boolean().optional(),
            type: reference.optional(),
            user: reference.optional(),
            password: reference.optional(),
          })
          .optional(),
      })
      .optional(),
  }),
})
const sink = z.looseObject({
  spec: z.looseObject({
    auth: z
      .looseObject({ secret: z.looseObject({ ref: z.looseObject({ name: text }) }).optional() })
      .optional(),
  }),
})
const mongodb = z.looseObject({
  spec: z.looseObject({
    security: z.looseObject({
      authentication: z.looseObject({
        modes: z.array(z.string()),
        ignoreUnknownUsers: z.boolean().optional(),
      }),
      tls: z
        .looseObject({ enabled: z.boolean().optional(), optional: z.boolean().optional() })
        .optional(),
    }),
    users: z.array(
      z.looseObject({
        name: z.string(),
        roles: z.array(z.looseObject({ name: z.string(), db: z.string() })),
      }),
    ),
  }),
})

/** What `platform/secrets.yaml` says of the keys that are no secret, by the Secret's name. */
export type Credentials = ReadonlyMap<string, Readonly<Record<string, unknown>>>

/** `credentials` tell which mechanism a Secret names. */
export function connectionsAreGuarded(credentials: Credentials): Rule {
  const isScram = (secret: string | undefined): boolean =>
    credentials.get(secret ?? '')?.['sasl.mechanism'] === 'SCRAM-SHA-512'
  return {
    promise: 'every connection to Kafka and MongoDB is encrypted and has a password (SCRAM)',
    faults: (documents) => [
      ...ofKind(documents, 'Kafka').flatMap((document) => {
        const { listeners } = kafka.parse(document).spec.kafka
        return listeners
          .filter(({ tls, authentication }) => !tls || authentication?.type !== 'scram-sha-512')
          .map(({ name }) => `Kafka ${document.metadata.name}: listener ${name} is open`)
      }),
      ...ofKind(documents, 'KafkaUser')
        .filter((each) => user.parse(each).spec.authentication?.type !== 'scram-sha-512')
        .map(({ metadata }) => `KafkaUser ${metadata.name} has no password`),
      ...ofKind(documents, 'KafkaSource')
        .filter((each) => {
          const { tls, sasl } = source.parse(each).spec.net ?? {}
          const secrets = [sasl?.type, sasl?.user, sasl?.password, tls?.caCert]
          return (
            tls?.enable !== true ||
            sasl?.enable !== true ||
            secrets.some((key) => !isScram(key?.secretKeyRef?.name))
          )
        })
        .map(({ metadata }) => `KafkaSource ${metadata.name} connects without TLS or SCRAM`),
      ...ofKind(documents, 'KafkaSink')
        .filter((each) => {
          const secret = sink.parse(each).spec.auth?.secret?.ref.name
          return !isScram(secret) || credentials.get(secret ?? '')?.['protocol'] !== 'SASL_SSL'
        })
        .map(({ metadata }) => `KafkaSink ${metadata.name} connects without TLS or SCRAM`),
      ...ofKind(documents, 'MongoDBCommunity').flatMap((document) => {
        const { tls, authentication } = mongodb.parse(document).spec.security
        const who = `MongoDBCommunity ${document.metadata.name}`
        return [
          ...(tls?.enabled === true && tls.optional !== true
            ? []
            : [`${who} takes connections without TLS`]),
          ...(authentication.modes.every((mode) => mode.startsWith('SCRAM'))
            ? []
            : [`${who} takes logins other than SCRAM`]),
        ]
      }),
      ...addressesOf(documents),
    ],
  }
}

/** Functions are told where Kafka is by an address; a word in it takes the guard away. */
function addressesOf(documents: readonly Document[]): string[] {
  return documents.flatMap((document) => {
    const found = JSON.stringify(document)
    const who = `${document.kind} ${document.metadata.name}`
    return [
      ...(/security=plaintext/i.test(found) ? [`${who} names an address in plain text`] : []),
      ...(/kafka-bootstrap[\w.-]*:(?!9093)\d+/.test(found)
        ? [`${who} names another port than 9093`]
        : []),
      ...(/\b(?:ssl|tls)=false\b|tlsInsecure|AllowInvalid/i.test(found)
        ? [`${who} asks no certificate`]
        : []),
    ]
  })
}

/** Rights that are everything, whoever has them. */
const SERVER_WIDE = /^(root|dbOwner|.*AnyDatabase|clusterAdmin|userAdmin|dbAdmin|__system)$/

export const rightsAreNarrow: Rule = {
  promise: 'no right is a wildcard',
  faults: (documents) => [
    ...ofKind(documents, 'Kafka')
      .map((each) => ({ who: each.metadata.name, ...kafka.parse(each).spec.kafka.authorization }))
      .filter(({ type, superUsers = [] }) => type !== 'simple' || superUsers.length > 0)
      .map(({ who }) => `Kafka ${who} lets a user do everything`),
    ...ofKind(documents, 'KafkaUser').flatMap((document) => {
      const who = `KafkaUser ${document.metadata.name}`
      const acls = user.parse(document).spec.authorization?.acls
      if (acls === undefined) return [`${who} has no list of rights`]
      return acls.flatMap(({ resource: { type, name, patternType }, operations }) => {
        const what = `${type} ${name ?? ''}`.trim()
        return [
          ...(name === undefined || name.includes('*') || patternType !== 'literal'
            ? [`${who} has rights on every ${what}`]
            : []),
          ...(operations.includes('All') ? [`${who} may do all with ${what}`] : []),
          ...(['topic', 'group'].includes(type) ? [] : [`${who} has rights on the ${what}`]),
        ]
      })
    }),
    ...ofKind(documents, 'MongoDBCommunity').flatMap((document) =>
      mongodb
        .parse(document)
        .spec.users.flatMap(({ name, roles }) =>
          roles
            .filter((role) => SERVER_WIDE.test(role.name) || role.db === 'admin')
            .map((role) => `MongoDB user ${name} has the role ${role.name} on ${role.db}`),
        ),
    ),
  ],
}

export const sourcesLoseNothing: Rule = {
  promise: 'every KafkaSource tries again and has a dead letter sink, that of mldead excepted',
  faults: (documents) =>
    ofKind(documents, 'KafkaSource').flatMap((document) => {
      const { topics, delivery } = source.parse(document).spec
      const who = `KafkaSource ${document.metadata.name}`
      const isLast = topics.every((topic) => topic === 'mldead')
      return [
        ...((delivery?.retry ?? 0) >= 60 ? [] : [`${who} gives up early`]),
        ...(isLast || delivery?.deadLetterSink !== undefined
          ? []
          : [`${who} has no dead letter sink`]),
        ...(isLast && delivery?.deadLetterSink !== undefined
          ? [`${who} sends letters back to itself`]
          : []),
      ]
    }),
}

const serviceType = z.looseObject({ spec: z.looseObject({ type: text }) })
const kourier = z.looseObject({
  spec: z.looseObject({
    ingress: z
      .looseObject({
        kourier: z
          .looseObject({ enabled: z.boolean().optional(), 'service-type': text })
          .optional(),
        istio: z.looseObject({ enabled: z.boolean().optional() }).optional(),
        contour: z.looseObject({ enabled: z.boolean().optional() }).optional(),
        'gateway-api': z.looseObject({ enabled: z.boolean().optional() }).optional(),
      })
      .optional(),
  }),
})
const elastic = z.looseObject({
  spec: z.looseObject({
    http: z
      .looseObject({
        service: z.looseObject({ spec: z.looseObject({ type: text }).optional() }).optional(),
        tls: z
          .looseObject({
            selfSignedCertificate: z.looseObject({ disabled: z.boolean().optional() }).optional(),
          })
          .optional(),
      })
      .optional(),
  }),
})
const INSIDE = [undefined, 'ClusterIP', 'ExternalName']

export const nothingIsPublic: Rule = {
  promise: 'nothing has a public load balancer',
  faults: (documents) => [
    ...documents
      .filter((each) => each.kind === 'Service' && each.apiVersion === 'v1')
      .filter((each) => !INSIDE.includes(serviceType.parse(each).spec.type))
      .map(({ metadata }) => `Service ${metadata.name} is reached from outside`),
    ...ofKind(documents, 'Kafka').flatMap((document) =>
      kafka
        .parse(document)
        .spec.kafka.listeners.filter(({ type }) => !['internal', 'cluster-ip'].includes(type))
        .map(
          ({ name }) => `Kafka ${document.metadata.name}: listener ${name} is reached from outside`,
        ),
    ),
    ...ofKind(documents, 'KnativeServing')
      .filter((each) => {
        const { ingress } = kourier.parse(each).spec
        const others = [ingress?.istio, ingress?.contour, ingress?.['gateway-api']]
        return (
          ingress?.kourier?.['service-type'] !== 'ClusterIP' ||
          others.some((other) => other?.enabled === true)
        )
      })
      .map(({ metadata }) => `KnativeServing ${metadata.name}: its ingress has a public address`),
    ...['Elasticsearch', 'Kibana', 'Logstash'].flatMap((kind) =>
      ofKind(documents, kind).flatMap((document) => {
        const http = elastic.parse(document).spec.http
        const who = `${kind} ${document.metadata.name}`
        return [
          ...(INSIDE.includes(http?.service?.spec?.type) ? [] : [`${who} is reached from outside`]),
          ...(http?.tls?.selfSignedCertificate?.disabled === true
            ? [`${who} answers without TLS`]
            : []),
        ]
      }),
    ),
  ],
}

const ingress = z.looseObject({
  spec: z.looseObject({
    tls: z.array(z.looseObject({ secretName: text })).default([]),
    defaultBackend: z.unknown().optional(),
    rules: z
      .array(
        z.looseObject({
          http: z
            .looseObject({
              paths: z.array(
                z.looseObject({
                  backend: z.looseObject({
                    service: z.looseObject({ name: z.string() }).optional(),
                  }),
                }),
              ),
            })
            .optional(),
        }),
      )
      .default([]),
  }),
})
const selecting = z.looseObject({
  spec: z.looseObject({ selector: z.record(z.string(), z.string()).default({}) }),
})
/** The kinds by which something could get an address outside past an Ingress. */
const OTHER_WAYS_OUT = ['DomainMapping', 'Gateway', 'HTTPRoute', 'TLSRoute', 'GRPCRoute', 'Route']
const VISIBILITY = 'networking.knative.dev/visibility'

export const predictIsInside: Rule = {
  promise: 'functions are reached from inside only, unless an Ingress leads through authentication',
  faults: (documents) => [
    ...ofKind(documents, 'Service', 'serving.knative.dev/')
      .filter(({ metadata }) => metadata.labels?.[VISIBILITY] !== 'cluster-local')
      .map(({ metadata }) => `Service ${metadata.name} has an address outside`),
    ...documents
      .filter(({ kind }) => OTHER_WAYS_OUT.includes(kind))
      .map(({ kind, metadata }) => `${kind} ${metadata.name} gives an address outside`),
    ...ofKind(documents, 'Ingress').flatMap((document) => {
      const { spec } = ingress.parse(document)
      const who = `Ingress ${document.metadata.name}`
      const backends = spec.rules
        .flatMap(({ http }) => http?.paths ?? [])
        .map(({ backend }) => backend)
      const plain = document.metadata.annotations?.['kubernetes.io/ingress.allow-http'] !== 'false'
      return [
        ...(spec.tls.length === 0 || plain ? [`${who} answers without TLS`] : []),
        ...(spec.defaultBackend === undefined ? [] : [`${who} has a way around its rules`]),
        ...backends
          .filter(({ service }) => !authenticates(documents, service?.name))
          .map(
            ({ service }) =>
              `${who} leads to ${service?.name ?? 'a resource'}, which asks nobody who he is`,
          ),
      ]
    }),
  ],
}

const LETS_ANYBODY_IN = /^--(skip-auth|email-domain|trusted-ip|skip-provider-button|google-group=$)/

/** Whether every pod behind a Service is a proxy that asks for a login, and for a name on a list. */
function authenticates(documents: readonly Document[], name: string | undefined): boolean {
  const service = documents.find(
    (each) => each.kind === 'Service' && each.apiVersion === 'v1' && each.metadata.name === name,
  )
  if (service === undefined) return false
  const wanted = Object.entries(selecting.parse(service).spec.selector)
  const behind = podsOf(documents).filter(({ labels }) =>
    wanted.every(([key, value]) => labels[key] === value),
  )
  return (
    behind.length > 0 &&
    behind
      .flatMap(({ containers }) => containers)
      .every(
        ({ image, args }) =>
          image?.includes('/oauth2-proxy:') &&
          args.some((arg) => arg.startsWith('--authenticated-emails-file=')) &&
          !args.some((arg) => LETS_ANYBODY_IN.test(arg)),
      )
  )
}
