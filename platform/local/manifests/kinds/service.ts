import { z } from 'zod'
import { ignored, refused } from '../fields.ts'
import { defineKind } from '../kind.ts'
import { header } from '../shapes/api-version.ts'
import { serviceAnnotations, templateAnnotations } from '../shapes/autoscaling.ts'
import { container } from '../shapes/container.ts'
import { needsOfEnvironment, readEnv, readEnvFrom } from '../shapes/environment.ts'
import { freeLabels, hostName, metadata, status } from '../shapes/metadata.ts'
import { readKubernetesProbe, readReadinessProbe, readStartupProbe } from '../shapes/probe.ts'
import { needsOfVolumes, readMounts, volumes } from '../shapes/volumes.ts'

const FLAG = 'Knative refuses it unless a feature flag is on; remove it'
const REFUSED_BY_KNATIVE = 'Knative refuses it; remove it'
const POD = ['spec', 'template', 'spec']
const CONTAINER = [...POD, 'containers', 0]

const pod = z.strictObject({
  containers: z.array(container).min(1).max(1, {
    error:
      'has more than one; a laptop starts one process for a Service: keep the one that answers',
  }),
  volumes,
  containerConcurrency: z.int().min(0).max(1000).default(0),
  timeoutSeconds: z.int().min(1).max(600).default(300),
  responseStartTimeoutSeconds: z.int().min(0).max(600).optional(),
  idleTimeoutSeconds: z.int().min(0).max(600).default(0),
  serviceAccountName: ignored('a laptop has no service accounts', z.string()),
  automountServiceAccountToken: ignored('a laptop has no service accounts', z.boolean()),
  imagePullSecrets: ignored('a laptop runs the command, not the image'),
  enableServiceLinks: ignored('a laptop has no Services of the core kind', z.boolean()),
  initContainers: refused(FLAG),
  nodeSelector: refused(FLAG),
  tolerations: refused(FLAG),
  affinity: refused(FLAG),
  topologySpreadConstraints: refused(FLAG),
  securityContext: refused(
    'Knative refuses it unless a feature flag is on; write it in the container',
  ),
  dnsConfig: refused(FLAG),
  dnsPolicy: refused(FLAG),
  hostAliases: refused(FLAG),
  hostIPC: refused(FLAG),
  hostNetwork: refused(FLAG),
  hostPID: refused(FLAG),
  priorityClassName: refused(FLAG),
  runtimeClassName: refused(FLAG),
  schedulerName: refused(FLAG),
  shareProcessNamespace: refused(FLAG),
  terminationGracePeriodSeconds: refused('Knative sets it to timeoutSeconds; write that'),
  restartPolicy: refused(REFUSED_BY_KNATIVE),
  nodeName: refused(REFUSED_BY_KNATIVE),
  hostname: refused(REFUSED_BY_KNATIVE),
})

const traffic = z.array(
  z.strictObject({
    latestRevision: z.literal(true, {
      error: 'is not true; write true: a laptop keeps the latest revision alone',
    }),
    percent: z.literal(100, {
      error: 'is not 100; write 100: a laptop keeps the latest revision alone',
    }),
    tag: refused('a laptop keeps the latest revision alone; remove it'),
    revisionName: refused('a laptop keeps the latest revision alone; write latestRevision: true'),
    configurationName: refused('Knative refuses it; remove it'),
    url: refused('written by Knative; remove it'),
  }),
)

export const service = defineKind({
  kind: 'Service',
  apiVersion: 'serving.knative.dev/v1',
  meaning: "processes of the container's command behind an address, as many as are asked for",
  schema: z.strictObject({
    ...header('Service', 'serving.knative.dev/v1'),
    metadata: metadata({ name: hostName, labels: freeLabels, annotations: serviceAnnotations }),
    spec: z.strictObject({
      template: z.strictObject({
        metadata: z
          .strictObject({
            annotations: templateAnnotations,
            labels: freeLabels,
            name: ignored('a laptop numbers its revisions', z.string()),
          })
          .optional(),
        spec: pod,
      }),
      traffic: traffic.optional(),
    }),
    status,
  }),
  read({ spec: { template } }, place, complain) {
    const { containers, ...rest } = template.spec
    const annotations = Object.fromEntries(
      Object.entries(template.metadata?.annotations ?? {}).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    )
    const [first] = containers
    if (first === undefined) throw new Error('a schema that wants one container let none pass')
    const paths = { mounts: [...CONTAINER, 'volumeMounts'], volumes: [...POD, 'volumes'] }
    return {
      manifest: {
        kind: 'Service',
        ...place,
        annotations,
        command: [...first.command, ...first.args],
        workingDirectory: first.workingDir,
        containerPort: first.ports[0]?.containerPort ?? 8080,
        containerConcurrency: rest.containerConcurrency,
        timeoutSeconds: rest.timeoutSeconds,
        responseStartTimeoutSeconds: rest.responseStartTimeoutSeconds,
        idleTimeoutSeconds: rest.idleTimeoutSeconds,
        env: readEnv(first.env),
        envFrom: readEnvFrom(first.envFrom),
        mounts: readMounts(first.volumeMounts, rest.volumes, paths, complain),
        readinessProbe:
          first.readinessProbe &&
          readReadinessProbe(first.readinessProbe, [...CONTAINER, 'readinessProbe'], complain),
        livenessProbe:
          first.livenessProbe &&
          readKubernetesProbe(first.livenessProbe, [...CONTAINER, 'livenessProbe'], complain),
        startupProbe:
          first.startupProbe &&
          readStartupProbe(first.startupProbe, [...CONTAINER, 'startupProbe'], complain),
      },
      needs: [
        ...needsOfEnvironment(first, place.namespace, CONTAINER),
        ...needsOfVolumes(rest.volumes, place.namespace, paths.volumes),
      ],
    }
  },
})
