import { describe, expect, it } from '@jest/globals'
import { service } from '../../../../../platform/local/manifests/kinds/service.ts'
import { readKind, readOne } from '../../../../support/parse-kind.ts'

interface Parts {
  /** Lines of the container, of the revision's spec, and of the template, the Service and its spec. */
  readonly container?: string
  readonly spec?: string
  readonly template?: string
  readonly metadata?: string
  readonly more?: string
}

const yamlOf = ({
  container = '',
  spec = '',
  template = '',
  metadata = '',
  more = '',
}: Parts): string => `
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: predict, namespace: ml, ${metadata} }
spec:
  template:
    ${template}
    spec:
      containers:
        - command: [node, index.js]
          ${container}
      ${spec}
  ${more}
`
const read = (parts: Parts) => readOne('Service', service, yamlOf(parts))

describe('Service', () => {
  it("takes Knative's defaults for what is not set", () => {
    expect(read({})).toEqual({
      kind: 'Service',
      namespace: 'ml',
      name: 'predict',
      file: 'a.yaml',
      line: 1,
      annotations: {},
      command: ['node', 'index.js'],
      workingDirectory: undefined,
      containerPort: 8080,
      containerConcurrency: 0,
      timeoutSeconds: 300,
      responseStartTimeoutSeconds: undefined,
      idleTimeoutSeconds: 0,
      env: [],
      envFrom: [],
      mounts: [],
      readinessProbe: undefined,
      livenessProbe: undefined,
      startupProbe: undefined,
    })
  })

  it('starts its command with its args, where and on the port it says', () => {
    expect(
      read({
        container:
          'args: [--fast]\n          workingDir: /app\n          ports: [{ containerPort: 3000 }]',
      }),
    ).toMatchObject({
      command: ['node', 'index.js', '--fast'],
      workingDirectory: '/app',
      containerPort: 3000,
    })
  })

  it('reads its environment, each value with where it comes from', () => {
    const { env, envFrom } = read({
      container: `env:
            - { name: A, value: $(B) }
            - { name: EMPTY }
            - { name: C, valueFrom: { secretKeyRef: { name: s, key: k } } }
            - { name: D, valueFrom: { configMapKeyRef: { name: c, key: k, optional: true } } }
          envFrom:
            - { secretRef: { name: s } }
            - { prefix: X_, configMapRef: { name: c, optional: true } }`,
    })
    expect(env).toEqual([
      { name: 'A', value: { kind: 'literal', text: '$(B)' } },
      { name: 'EMPTY', value: { kind: 'literal', text: '' } },
      { name: 'C', value: { kind: 'Secret', name: 's', key: 'k', optional: false } },
      { name: 'D', value: { kind: 'ConfigMap', name: 'c', key: 'k', optional: true } },
    ])
    expect(envFrom).toEqual([
      { kind: 'Secret', name: 's', prefix: '', optional: false },
      { kind: 'ConfigMap', name: 'c', prefix: 'X_', optional: true },
    ])
  })

  it('reads its mounts, a projected volume as one mount for each of its sources', () => {
    const { mounts } = read({
      container: `volumeMounts:
            - { name: secret, mountPath: /etc/secret, readOnly: true }
            - { name: both, mountPath: /etc/both, subPath: a }
            - { name: scratch, mountPath: /scratch }`,
      spec: `volumes:
        - { name: secret, secret: { secretName: s, items: [{ key: k, path: f/k, mode: 256 }] } }
        - { name: both, projected: { sources: [{ secret: { name: s } }, { configMap: { name: c, optional: true } }] } }
        - { name: scratch, emptyDir: {} }`,
    })
    expect(mounts).toEqual([
      {
        mountPath: '/etc/secret',
        subPath: undefined,
        source: { kind: 'Secret', name: 's', items: [{ key: 'k', path: 'f/k' }], optional: false },
      },
      {
        mountPath: '/etc/both',
        subPath: 'a',
        source: { kind: 'Secret', name: 's', items: undefined, optional: false },
      },
      {
        mountPath: '/etc/both',
        subPath: 'a',
        source: { kind: 'ConfigMap', name: 'c', items: undefined, optional: true },
      },
      { mountPath: '/scratch', subPath: undefined, source: { kind: 'emptyDir' } },
    ])
  })

  it('needs what its environment and volumes name, but for what is optional', () => {
    const [one] = readKind(
      service,
      yamlOf({
        container: `env: [{ name: A, valueFrom: { secretKeyRef: { name: s, key: k } } }, { name: B, valueFrom: { configMapKeyRef: { name: c, key: k, optional: true } } }]
          envFrom: [{ configMapRef: { name: all } }, { secretRef: { name: no, optional: true } }]
          volumeMounts: [{ name: v, mountPath: /v }]`,
        spec: 'volumes: [{ name: v, secret: { secretName: t, items: [{ key: x, path: x }] } }]',
      }),
    )
    expect(one?.needs).toEqual([
      expect.objectContaining({ kind: 'Secret', namespace: 'ml', name: 's', key: 'k' }),
      expect.objectContaining({ kind: 'ConfigMap', namespace: 'ml', name: 'all', key: undefined }),
      expect.objectContaining({ kind: 'Secret', namespace: 'ml', name: 't', key: 'x' }),
    ])
  })

  it('asks a readiness probe without a period as Knative does, eagerly, and a liveness probe as Kubernetes does', () => {
    const { readinessProbe, livenessProbe } = read({
      container: `readinessProbe: { httpGet: { path: /readyz, httpHeaders: [{ name: A, value: b }] } }
          livenessProbe: { tcpSocket: { port: 0 } }`,
    })
    expect(readinessProbe).toEqual({
      kind: 'http',
      path: '/readyz',
      port: undefined,
      headers: { A: 'b' },
      command: [],
      initialDelaySeconds: 0,
      periodSeconds: 0,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 3,
    })
    expect(livenessProbe).toMatchObject({ kind: 'tcp', port: undefined, periodSeconds: 10 })
  })

  it('takes a readiness probe that says only how, as one of its port', () => {
    const { readinessProbe } = read({ container: 'readinessProbe: { successThreshold: 2 }' })
    expect(readinessProbe).toMatchObject({ kind: 'tcp', successThreshold: 2 })
  })

  it("keeps the revision's annotations, the autoscaler's checked", () => {
    const template = `metadata:
      annotations:
        note: anything
        autoscaling.knative.dev/min-scale: "1"
        autoscaling.knative.dev/max-scale: "5"
        autoscaling.knative.dev/window: 1m30s
        autoscaling.knative.dev/target-burst-capacity: "-1"`
    expect(read({ template }).annotations).toEqual({
      note: 'anything',
      'autoscaling.knative.dev/min-scale': '1',
      'autoscaling.knative.dev/max-scale': '5',
      'autoscaling.knative.dev/window': '1m30s',
      'autoscaling.knative.dev/target-burst-capacity': '-1',
    })
  })

  it('takes traffic that goes to the latest revision alone', () => {
    expect(read({ more: 'traffic: [{ latestRevision: true, percent: 100 }]' }).name).toBe('predict')
  })
})

describe('an annotation of the autoscaler is refused', () => {
  it.each([
    ['min-scale', '-1', 'is "-1"; write a whole number of at least 0'],
    ['max-scale', '1.5', 'is "1.5"; write a whole number of at least 0'],
    ['initial-scale', '0', 'is "0"; write a whole number of at least 1'],
    ['activation-scale', '1', 'is "1"; write a whole number of at least 2'],
    ['target', '0', 'is "0"; write a number of at least 0.01'],
    ['target-utilization-percentage', '101', 'is "101"; write a number from 1 to 100'],
    ['target-burst-capacity', '-2', 'is "-2"; write a number of at least 0'],
    ['panic-window-percentage', '0', 'is "0"; write a number from 1 to 100'],
    ['panic-threshold-percentage', '100', 'is "100"; write a number from 110 to 1000'],
    ['window', '5s', 'is "5s"; write whole seconds from 6s to 1h, e.g. 60s'],
    ['window', '60', 'is "60"; write whole seconds from 6s to 1h, e.g. 60s'],
    ['scale-down-delay', '2h', 'is "2h"; write whole seconds from 0s to 1h, e.g. 60s'],
    ['metric', 'cpu', 'is "cpu"; write concurrency or rps'],
    ['metric-aggregation-algorithm', 'mean', 'is "mean"; write linear or weighted-exponential'],
    ['class', 'hpa.autoscaling.knative.dev', 'is not kpa.autoscaling.knative.dev; remove it'],
    [
      'minScale',
      '1',
      'is no setting of the autoscaler; did you mean "autoscaling.knative.dev/min-scale"?',
    ],
  ])('%s: "%s"', (name, value, fault) => {
    const annotation = `autoscaling.knative.dev/${name}`
    const template = `metadata: { annotations: { ${annotation}: "${value}" } }`
    expect(() => read({ template })).toThrow(
      `spec.template.metadata.annotations["${annotation}"] ${fault}`,
    )
  })

  it('when its maximum is below its minimum', () => {
    const template =
      'metadata: { annotations: { autoscaling.knative.dev/min-scale: "3", autoscaling.knative.dev/max-scale: "2" } }'
    expect(() => read({ template })).toThrow('is 2, below min-scale 3; raise it')
  })

  it('when it stands on the Service instead of its template', () => {
    const metadata = 'annotations: { autoscaling.knative.dev/min-scale: "3" }'
    expect(() => read({ metadata })).toThrow(
      'metadata.annotations["autoscaling.knative.dev/min-scale"] stands in the wrong place; move it to spec.template.metadata.annotations',
    )
  })
})

describe('a Service is refused', () => {
  const POD = 'spec.template.spec'
  const CONTAINER = `${POD}.containers[0]`

  it('without a command, and says why', () => {
    expect(() =>
      readKind(service, yamlOf({}).replace('command: [node, index.js]', 'image: a')),
    ).toThrow(
      `${CONTAINER}.command is missing, and no laptop runs an image; write what to start, e.g. ["node", "index.js"]`,
    )
  })

  it.each<[Parts, string]>([
    [{ container: 'comand: [x]' }, `${CONTAINER}.comand is not a field; did you mean "command"?`],
    [
      { container: 'lifecycle: {}' },
      `${CONTAINER}.lifecycle does not run on a laptop: Knative refuses it; end work on SIGTERM instead`,
    ],
    [
      { container: 'ports: [{ containerPort: 1 }, { containerPort: 2 }]' },
      `${CONTAINER}.ports has more than one; a Service has one port`,
    ],
    [
      { container: 'ports: [{ containerPort: 80, name: h2c }]' },
      `${CONTAINER}.ports[0].name is not "http1"; write http1, or nothing: the gateway of a laptop speaks HTTP/1.1`,
    ],
    [
      { container: 'env: [{ name: PORT, value: "1" }]' },
      `${CONTAINER}.env[0].name is set by Knative itself; remove it`,
    ],
    [
      { container: 'env: [{ name: A, value: 1 }]' },
      `${CONTAINER}.env[0].value is a whole number; write text, in quotes`,
    ],
    [
      { container: 'env: [{ name: A }, { name: A }]' },
      `${CONTAINER}.env[1].name is A a second time; keep one of them`,
    ],
    [
      { container: 'env: [{ name: A, valueFrom: {} }]' },
      `${CONTAINER}.env[0].valueFrom names no source, or two; write one of secretKeyRef and configMapKeyRef`,
    ],
    [
      { container: 'env: [{ name: A, valueFrom: { fieldRef: { fieldPath: x } } }]' },
      `${CONTAINER}.env[0].valueFrom.fieldRef does not run on a laptop: Knative refuses it unless a feature flag is on; write the value`,
    ],
    [
      { container: 'resources: { request: {} }' },
      `${CONTAINER}.resources.request is not a field; did you mean "requests"?`,
    ],
    [
      { container: 'volumeMounts: [{ name: v, mountPath: /v }]' },
      `${CONTAINER}.volumeMounts[0].name is "v", no volume of this Service; add it to volumes`,
    ],
    [
      { container: 'volumeMounts: [{ name: v, mountPath: /tmp/ }]' },
      `${CONTAINER}.volumeMounts[0].mountPath is a place Knative lets nobody mount over; choose a folder of its own`,
    ],
    [
      { container: 'volumeMounts: [{ name: v, mountPath: v }]' },
      `${CONTAINER}.volumeMounts[0].mountPath is no absolute path; begin it with /`,
    ],
    [
      { spec: 'volumes: [{ name: v, emptyDir: {} }]' },
      `${POD}.volumes[0] "v" is mounted nowhere; mount it or remove it`,
    ],
    [
      { spec: 'volumes: [{ name: v, hostPath: { path: / } }]' },
      `${POD}.volumes[0].hostPath does not run on a laptop: Knative refuses it unless a feature flag is on; write secret, configMap, projected or emptyDir`,
    ],
    [
      { container: 'readinessProbe: { httpGet: {}, timeoutSeconds: 3 }' },
      `${CONTAINER}.readinessProbe.timeoutSeconds needs periodSeconds beside it; add periodSeconds, or remove it`,
    ],
    [
      { container: 'readinessProbe: { httpGet: {}, tcpSocket: {} }' },
      `${CONTAINER}.readinessProbe asks in more than one way; keep one of httpGet, tcpSocket, exec`,
    ],
    [
      { container: 'livenessProbe: { grpc: { port: 1 } }' },
      `${CONTAINER}.livenessProbe.grpc does not run on a laptop: write httpGet, tcpSocket or exec`,
    ],
    [
      { container: 'startupProbe: { httpGet: { path: / } }' },
      `${CONTAINER}.startupProbe.httpGet has no port, and Knative gives a startup probe none; write the container's, e.g. port: 8080`,
    ],
    [
      { container: 'startupProbe: { tcpSocket: { port: 0 } }' },
      `${CONTAINER}.startupProbe.tcpSocket has no port, and Knative gives a startup probe none; write the container's, e.g. port: 8080`,
    ],
    [{ spec: 'timeoutSeconds: 601' }, `${POD}.timeoutSeconds is 601; write at most 600`],
    [
      { spec: 'containerConcurrency: 1001' },
      `${POD}.containerConcurrency is 1001; write at most 1000`,
    ],
    [
      { spec: 'terminationGracePeriodSeconds: 5' },
      `${POD}.terminationGracePeriodSeconds does not run on a laptop: Knative sets it to timeoutSeconds; write that`,
    ],
    [
      { spec: 'initContainers: []' },
      `${POD}.initContainers does not run on a laptop: Knative refuses it unless a feature flag is on; remove it`,
    ],
    [
      { more: 'traffic: [{ revisionName: a-1, percent: 100 }]' },
      'spec.traffic[0].latestRevision is not true; write true: a laptop keeps the latest revision alone\n' +
        'spec.traffic[0].revisionName does not run on a laptop: a laptop keeps the latest revision alone; write latestRevision: true',
    ],
  ])('with %j', (parts, message) => {
    expect(() => read(parts)).toThrow(new Error(message))
  })
})
