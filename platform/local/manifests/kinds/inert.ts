import { z } from 'zod'
import { ignored } from '../fields.ts'
import { defineKind, type Kind } from '../kind.ts'
import { header } from '../shapes/api-version.ts'
import { clusterMetadata, plainMetadata, status } from '../shapes/metadata.ts'

const ELASTIC = 'understood, and not run on a laptop: the console reads the stores itself'
const KNATIVE = 'understood, and not run on a laptop: the embedded platform stands in for Knative'
const NODES = 'understood, and not run on a laptop: it has one node and one disk'

/** Kinds that say how a cluster is made: only that they are there is read. */
export const inertKinds: readonly Kind[] = [
  inNamespace('Elasticsearch', 'elasticsearch.k8s.elastic.co/v1', ELASTIC),
  inNamespace('Kibana', 'kibana.k8s.elastic.co/v1', ELASTIC),
  inNamespace('Logstash', 'logstash.k8s.elastic.co/v1alpha1', ELASTIC),
  inNamespace('KnativeServing', 'operator.knative.dev/v1beta1', KNATIVE),
  inNamespace('KnativeEventing', 'operator.knative.dev/v1beta1', KNATIVE),
  inNamespace(
    'NetworkPolicy',
    'networking.k8s.io/v1',
    'understood, and not run on a laptop: all is on loopback',
  ),
  inNamespace('PodDisruptionBudget', 'policy/v1', NODES),
  ofCluster('ComputeClass', 'cloud.google.com/v1', NODES, { spec: ignored(NODES) }),
  ofCluster('Namespace', 'v1', 'honoured: needs nothing, names are kept apart by it', {
    spec: ignored('a namespace is its name alone'),
  }),
  ofCluster('StorageClass', 'storage.k8s.io/v1', NODES, {
    provisioner: ignored(NODES),
    parameters: ignored(NODES),
    reclaimPolicy: ignored(NODES),
    volumeBindingMode: ignored(NODES),
    allowVolumeExpansion: ignored(NODES),
    allowedTopologies: ignored(NODES),
    mountOptions: ignored(NODES),
  }),
]

function inNamespace(kind: string, apiVersion: string, meaning: string): Kind {
  return defineKind({
    kind,
    apiVersion,
    meaning,
    schema: z.strictObject({
      ...header(kind, apiVersion),
      metadata: plainMetadata,
      spec: ignored('not run on a laptop'),
      status,
    }),
    read: (_, place) => ({ manifest: { kind: 'Inert', ...place, of: kind }, needs: [] }),
  })
}

function ofCluster(kind: string, apiVersion: string, meaning: string, fields: z.ZodRawShape): Kind {
  return defineKind({
    kind,
    apiVersion,
    meaning,
    schema: z.strictObject({
      ...header(kind, apiVersion),
      metadata: clusterMetadata,
      ...fields,
      status,
    }),
    read: (_, place) => ({ manifest: { kind: 'Inert', ...place, of: kind }, needs: [] }),
  })
}
