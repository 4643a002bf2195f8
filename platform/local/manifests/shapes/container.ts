import { z } from 'zod'
import { ignored, refused } from '../fields.ts'
import { environment } from './environment.ts'
import { probe } from './probe.ts'
import { volumeMounts } from './volumes.ts'

const SIZE = 'sizes are not simulated'
const USER = 'a process on a laptop has the rights of who started it'
const IMAGE = 'a laptop runs the command, not the image'
const quantities = z.record(
  z.string(),
  z.union([z.string(), z.number()], { error: 'is no quantity; write e.g. 100m or 128Mi' }),
)

const port = z.strictObject({
  containerPort: z.int().min(1).max(65_535),
  name: z
    .literal(['', 'http1'], {
      error: 'is not "http1"; write http1, or nothing: the gateway of a laptop speaks HTTP/1.1',
    })
    .optional(),
  protocol: z.literal('TCP').optional(),
})

/** The one container of a Service. */
export const container = z.strictObject({
  command: z
    .array(z.string(), {
      error: (issue) =>
        issue.input === undefined
          ? 'is missing, and no laptop runs an image; write what to start, e.g. ["node", "index.js"]'
          : undefined,
    })
    .min(1),
  args: z.array(z.string()).default([]),
  workingDir: z.string().min(1).optional(),
  ports: z.array(port).max(1, { error: 'has more than one; a Service has one port' }).default([]),
  ...environment,
  volumeMounts,
  readinessProbe: probe.optional(),
  livenessProbe: probe.optional(),
  startupProbe: probe.optional(),
  name: ignored('a Service has one container', z.string()),
  image: ignored(IMAGE, z.string().min(1)),
  imagePullPolicy: ignored(IMAGE, z.enum(['Always', 'IfNotPresent', 'Never'])),
  resources: ignored(
    SIZE,
    z.strictObject({ requests: quantities.optional(), limits: quantities.optional() }),
  ),
  securityContext: ignored(
    USER,
    z.strictObject({
      allowPrivilegeEscalation: z.boolean().optional(),
      capabilities: z
        .strictObject({
          add: z.array(z.string()).optional(),
          drop: z.array(z.string()).optional(),
        })
        .optional(),
      privileged: z.boolean().optional(),
      readOnlyRootFilesystem: z.boolean().optional(),
      runAsGroup: z.int().optional(),
      runAsNonRoot: z.boolean().optional(),
      runAsUser: z.int().optional(),
      seccompProfile: z
        .strictObject({ type: z.string(), localhostProfile: z.string().optional() })
        .optional(),
    }),
  ),
  terminationMessagePath: ignored(
    'a process on a laptop says why it ended in its output',
    z.string(),
  ),
  terminationMessagePolicy: ignored(
    'a process on a laptop says why it ended in its output',
    z.string(),
  ),
  lifecycle: refused('Knative refuses it; end work on SIGTERM instead'),
  stdin: refused('Knative refuses it; remove it'),
  tty: refused('Knative refuses it; remove it'),
  volumeDevices: refused('Knative refuses it; remove it'),
  restartPolicy: refused('Knative refuses it; remove it'),
})
