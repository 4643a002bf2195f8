import { z } from 'zod'
import { refused } from '../fields.ts'
import type { Probe } from '../inventory.ts'
import type { Complain } from '../kind.ts'
import { pathText } from '../explain.ts'

/** A probe asks the container's own port, the only one it has, so a name can only be that one's. */
const port = z.union([z.int().min(0).max(65_535), z.enum(['http1', 'h2c', 'user-port'])], {
  error: "is no port; leave it out: a probe asks the container's own port",
})
const host = refused('a probe asks the container itself; remove it')

export const probe = z.strictObject({
  httpGet: z
    .strictObject({
      path: z.string().default('/'),
      port: port.optional(),
      httpHeaders: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
      scheme: z
        .literal('HTTP', { error: 'is not "HTTP"; write HTTP: functions on a laptop have no TLS' })
        .optional(),
      host,
    })
    .optional(),
  tcpSocket: z.strictObject({ port: port.optional(), host }).optional(),
  exec: z.strictObject({ command: z.array(z.string()).min(1) }).optional(),
  grpc: refused('write httpGet, tcpSocket or exec'),
  initialDelaySeconds: z.int().min(0).optional(),
  periodSeconds: z.int().min(0).optional(),
  timeoutSeconds: z.int().min(1).optional(),
  successThreshold: z.int().min(1).optional(),
  failureThreshold: z.int().min(1).optional(),
})
type Written = z.output<typeof probe>

/**
 * A readiness probe without `periodSeconds` is Knative's own: asked again and again at once, which 0 stands for here.
 * With it, and for liveness and startup, Kubernetes's rules and defaults hold.
 */
export function readReadinessProbe(
  written: Written,
  path: readonly PropertyKey[],
  complain: Complain,
): Probe {
  const period = written.periodSeconds ?? 0
  for (const field of ['failureThreshold', 'timeoutSeconds'] as const) {
    if (period !== 0 || written[field] === undefined) continue
    const at = [...path, field]
    complain(at, `${pathText(at)} needs periodSeconds beside it; add periodSeconds, or remove it`)
  }
  return read(written, period, path, complain)
}

/**
 * A startup probe needs a port: Knative puts the container's into liveness and readiness probes alone, and Kubernetes
 * then refuses the Deployment, which shows as a Service that never becomes ready.
 */
export function readStartupProbe(
  written: Written,
  path: readonly PropertyKey[],
  complain: Complain,
): Probe {
  for (const way of ['httpGet', 'tcpSocket'] as const) {
    const asked = written[way]
    if (asked === undefined || (asked.port ?? 0) !== 0) continue
    const at = [...path, way]
    complain(
      at,
      `${pathText(at)} has no port, and Knative gives a startup probe none; write the container's, e.g. port: 8080`,
    )
  }
  return readKubernetesProbe(written, path, complain)
}

/** Liveness probes, and what startup probes share with them. */
export function readKubernetesProbe(
  written: Written,
  path: readonly PropertyKey[],
  complain: Complain,
): Probe {
  const period = written.periodSeconds === 0 ? undefined : written.periodSeconds
  return read(written, period ?? 10, path, complain)
}

function read(
  written: Written,
  periodSeconds: number,
  path: readonly PropertyKey[],
  complain: Complain,
): Probe {
  const { httpGet, tcpSocket, exec } = written
  const ways = [httpGet, tcpSocket, exec].filter((way) => way !== undefined)
  if (ways.length > 1)
    complain(
      path,
      `${pathText(path)} asks in more than one way; keep one of httpGet, tcpSocket, exec`,
    )
  const asked = httpGet?.port ?? tcpSocket?.port
  return {
    kind: httpGet !== undefined ? 'http' : exec !== undefined ? 'exec' : 'tcp',
    path: httpGet?.path,
    port: typeof asked === 'number' && asked > 0 ? asked : undefined,
    headers: Object.fromEntries(
      httpGet?.httpHeaders?.map(({ name, value }) => [name, value]) ?? [],
    ),
    command: exec?.command ?? [],
    initialDelaySeconds: written.initialDelaySeconds ?? 0,
    periodSeconds,
    timeoutSeconds: written.timeoutSeconds ?? 1,
    successThreshold: written.successThreshold ?? 1,
    failureThreshold: written.failureThreshold ?? 3,
  }
}
