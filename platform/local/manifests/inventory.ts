/** Where a document stands: every message about it names this place. */
export interface Placed {
  readonly namespace: string
  readonly name: string
  /** Path relative to the folder that was read. */
  readonly file: string
  /** Line of the document's first key, from 1. */
  readonly line: number
}

/** A Knative Destination: an object that is addressable, or an address, or (both) a path under the object's address. */
export interface Destination {
  readonly ref:
    | { readonly kind: 'Service' | 'KafkaSink'; readonly namespace: string; readonly name: string }
    | undefined
  readonly uri: string | undefined
}

/** `spec.delivery` as it stands, defaults not applied: an absent block and an empty one mean different things. */
export interface Delivery {
  readonly retry: number | undefined
  readonly backoffPolicy: 'linear' | 'exponential' | undefined
  readonly backoffDelayMs: number | undefined
  readonly timeoutMs: number | undefined
  readonly deadLetterSink: Destination | undefined
}

export interface KafkaSourceManifest extends Placed {
  readonly kind: 'KafkaSource'
  readonly bootstrapServers: readonly string[]
  readonly topics: readonly string[]
  /** Undefined: the operator's `knative-kafka-source-<uid>`. */
  readonly consumerGroup: string | undefined
  readonly consumers: number
  readonly initialOffset: 'earliest' | 'latest'
  readonly ordering: 'ordered' | 'unordered'
  readonly keyType: 'string' | 'int' | 'float' | 'byte-array'
  readonly delivery: Delivery | undefined
  readonly sink: Destination
  readonly extensions: Readonly<Record<string, string>>
}

export interface KafkaSinkManifest extends Placed {
  readonly kind: 'KafkaSink'
  readonly topic: string
  readonly bootstrapServers: readonly string[]
  readonly contentMode: 'binary' | 'structured'
}

interface KafkaTopicManifest extends Placed {
  readonly kind: 'KafkaTopic'
  readonly topic: string
  readonly partitions: number
  /** Undefined: kept for ever (`retention.ms: -1`); Kafka's default of seven days is applied when it is not set. */
  readonly retentionMs: number | undefined
  /** The broker's limit on one record, bytes; Kafka's default 1,048,588 when not set (`max.message.bytes`). */
  readonly maxMessageBytes: number
}

export interface KafkaManifest extends Placed {
  readonly kind: 'Kafka'
  readonly listeners: readonly {
    readonly name: string
    readonly port: number
    readonly tls: boolean
  }[]
}

export interface KafkaUserManifest extends Placed {
  readonly kind: 'KafkaUser'
  /** The Secret and key that hold the password, when the user brings its own. */
  readonly password: { readonly secret: string; readonly key: string } | undefined
}

export interface PingSourceManifest extends Placed {
  readonly kind: 'PingSource'
  readonly schedule: string
  readonly timezone: string | undefined
  readonly contentType: string | undefined
  readonly data: Uint8Array | undefined
  readonly sink: Destination
  readonly extensions: Readonly<Record<string, string>>
}

export interface MongoDBManifest extends Placed {
  readonly kind: 'MongoDBCommunity'
  readonly users: readonly {
    readonly name: string
    readonly database: string
    readonly password: { readonly secret: string; readonly key: string }
    /** The Secret the operator writes: `<name>-<database>-<user>` unless the manifest names it. */
    readonly connectionSecret: string
  }[]
}

/** One environment variable of a container. */
export interface EnvEntry {
  readonly name: string
  readonly value:
    | { readonly kind: 'literal'; readonly text: string }
    | {
        readonly kind: 'Secret' | 'ConfigMap'
        readonly name: string
        readonly key: string
        readonly optional: boolean
      }
}

export interface Probe {
  readonly kind: 'http' | 'tcp' | 'exec'
  readonly path: string | undefined
  readonly port: number | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly command: readonly string[]
  readonly initialDelaySeconds: number
  /** 0, of a readiness probe: Knative's own, asked again and again until it succeeds. */
  readonly periodSeconds: number
  readonly timeoutSeconds: number
  readonly successThreshold: number
  readonly failureThreshold: number
}

export interface ServiceManifest extends Placed {
  readonly kind: 'Service'
  /** Of the revision template, the autoscaler's among them. */
  readonly annotations: Readonly<Record<string, string>>
  /** The container's command and its args. */
  readonly command: readonly string[]
  readonly workingDirectory: string | undefined
  readonly containerPort: number
  readonly containerConcurrency: number
  readonly timeoutSeconds: number
  /** Undefined: Knative's default, which counts below timeoutSeconds; 0: none. */
  readonly responseStartTimeoutSeconds: number | undefined
  /** 0: none. */
  readonly idleTimeoutSeconds: number
  readonly env: readonly EnvEntry[]
  /** Whole Secrets and ConfigMaps as environment, in order; later ones win, `env` wins over all. */
  readonly envFrom: readonly {
    readonly kind: 'Secret' | 'ConfigMap'
    readonly name: string
    readonly prefix: string
    readonly optional: boolean
  }[]
  /** A projected volume gives one mount for each of its sources, at the same path. */
  readonly mounts: readonly {
    readonly mountPath: string
    readonly subPath: string | undefined
    readonly source:
      | {
          readonly kind: 'Secret' | 'ConfigMap'
          readonly name: string
          /** Which keys become which files; undefined: every key under its own name. */
          readonly items: readonly { readonly key: string; readonly path: string }[] | undefined
          readonly optional: boolean
        }
      | { readonly kind: 'emptyDir' }
  }[]
  readonly readinessProbe: Probe | undefined
  readonly livenessProbe: Probe | undefined
  readonly startupProbe: Probe | undefined
}

interface ConfigMapManifest extends Placed {
  readonly kind: 'ConfigMap'
  readonly data: Readonly<Record<string, string>>
}

interface SecretManifest extends Placed {
  readonly kind: 'Secret'
  /** Decoded: `data` and `stringData` together. */
  readonly data: Readonly<Record<string, string>>
}

/**
 * The list of generated credentials (`platform/secrets.yaml`): one entry a Secret. A list with Secrets of several
 * namespaces gives one manifest for each. Its `certificate` entries come as the literal keys ca.crt, tls.crt and tls.key.
 */
export interface CredentialsManifest extends Placed {
  readonly kind: 'Credentials'
  readonly secrets: readonly {
    readonly name: string
    readonly keys: Readonly<
      Record<
        string,
        | { readonly kind: 'literal'; readonly text: string }
        | { readonly kind: 'generated'; readonly length: number }
        | { readonly kind: 'copied'; readonly secret: string; readonly key: string }
      >
    >
  }[]
}

/** Understood, and said not to run on a laptop. */
interface InertManifest extends Placed {
  readonly kind: 'Inert'
  /** The document's own kind, e.g. `Kibana`. */
  readonly of: string
}

/** One document of the tree, checked, its kind's fields read. */
export type Manifest =
  | ServiceManifest
  | KafkaTopicManifest
  | KafkaManifest
  | KafkaUserManifest
  | KafkaSourceManifest
  | KafkaSinkManifest
  | PingSourceManifest
  | MongoDBManifest
  | ConfigMapManifest
  | SecretManifest
  | CredentialsManifest
  | InertManifest

export type Kind = Manifest['kind']

/** Everything a folder declares, in the order it was read (files by path, documents by position). */
export interface Inventory {
  /** Absolute path of the folder. */
  readonly folder: string
  readonly manifests: readonly Manifest[]
}

/** The manifests of one kind, typed. */
export function ofKind<K extends Kind>(
  inventory: Inventory,
  kind: K,
): Extract<Manifest, { kind: K }>[] {
  return inventory.manifests.filter(
    (manifest): manifest is Extract<Manifest, { kind: K }> => manifest.kind === kind,
  )
}
