import { z } from 'zod'
import { honoured, ignored } from '../fields.ts'
import { wayOut } from '../nearest.ts'

const PREFIX = 'autoscaling.knative.dev/'
const HOUR = 3600

/** The rules of section 4 of the contract: each answers what is wrong with a value, as the rest of a sentence. */
const RULES: Readonly<Record<string, (value: string) => string | undefined>> = {
  class: (value) =>
    value === 'kpa.autoscaling.knative.dev'
      ? undefined
      : 'is not kpa.autoscaling.knative.dev; remove it: a laptop scales by concurrency or requests, not by CPU',
  metric: oneOf('concurrency', 'rps'),
  'metric-aggregation-algorithm': oneOf('linear', 'weighted-exponential', 'weightedExponential'),
  target: number(0.01, Infinity),
  'target-utilization-percentage': number(1, 100),
  'target-burst-capacity': (value) => (value === '-1' ? undefined : number(0, Infinity)(value)),
  'min-scale': whole(0),
  'max-scale': whole(0),
  'initial-scale': whole(1),
  'activation-scale': whole(2),
  'scale-down-delay': seconds(0, HOUR),
  'scale-to-zero-pod-retention-period': seconds(0, HOUR),
  window: seconds(6, HOUR),
  'panic-window-percentage': number(1, 100),
  'panic-threshold-percentage': number(110, 1000),
}

/** Annotations of the revision template: those of the autoscaler are checked. */
export const templateAnnotations = z
  .object(
    Object.fromEntries(
      Object.keys(RULES).map((name) => [PREFIX + name, honoured(z.string().optional())]),
    ),
  )
  .catchall(z.string().meta({ ignored: 'notes for people and for a cluster' }))
  .superRefine((annotations, context) => {
    const complain = (name: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [name], message })
    }
    for (const [name, value = ''] of Object.entries(annotations)) {
      if (!name.startsWith(PREFIX)) continue
      const rule = RULES[name.slice(PREFIX.length)]
      const unknown = `is no setting of the autoscaler; ${wayOut(name, knownAnnotations(), 'remove it')}`
      const fault = rule === undefined ? unknown : rule(value)
      if (fault !== undefined) complain(name, fault)
    }
    const bound = (name: string): number => Number(annotations[PREFIX + name] ?? 0)
    const activation = bound('activation-scale')
    if (activation !== 0 && activation < bound('min-scale')) {
      const fault = `is ${activation}, below min-scale ${bound('min-scale')}; raise it, or remove it`
      complain(`${PREFIX}activation-scale`, fault)
    }
    const most = bound('max-scale')
    for (const name of ['min-scale', 'activation-scale']) {
      if (most === 0 || most >= bound(name)) continue
      complain(`${PREFIX}max-scale`, `is ${most}, below ${name} ${bound(name)}; raise it`)
    }
  })
  .optional()

/** Annotations of the Service itself: Knative refuses the autoscaler's there. */
export const serviceAnnotations = ignored(
  'notes for people and for a cluster',
  z.record(
    z.string().refine((name) => !name.startsWith(PREFIX), {
      error: 'stands in the wrong place; move it to spec.template.metadata.annotations',
    }),
    z.string(),
  ),
)

function knownAnnotations(): string[] {
  return Object.keys(RULES).map((name) => PREFIX + name)
}

function oneOf(...choices: string[]): (value: string) => string | undefined {
  return (value) =>
    choices.includes(value)
      ? undefined
      : `is ${JSON.stringify(value)}; write ${choices.join(' or ')}`
}

function number(least: number, most: number): (value: string) => string | undefined {
  return (value) => {
    const read = value.trim() === '' ? Number.NaN : Number(value)
    if (read >= least && read <= most) return undefined
    return `is ${JSON.stringify(value)}; write a number ${range(least, most)}`
  }
}

function whole(least: number): (value: string) => string | undefined {
  return (value) =>
    /^\d{1,9}$/.test(value) && Number(value) >= least
      ? undefined
      : `is ${JSON.stringify(value)}; write a whole number ${range(least, Infinity)}`
}

function range(least: number, most: number): string {
  return most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`
}

/** A duration as Go writes it, in whole seconds; NaN for anything else. */
export function readSeconds(value: string): number {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(value === '0' ? '0s' : value)
  const [hours, minutes, rest] = (match?.slice(1) ?? []).map((part) => Number(part ?? 0))
  return value === '' ? Number.NaN : Number(hours) * HOUR + Number(minutes) * 60 + Number(rest)
}

function seconds(least: number, most: number): (value: string) => string | undefined {
  return (value) => {
    const total = readSeconds(value)
    if (total >= least && total <= most) return undefined
    return `is ${JSON.stringify(value)}; write whole seconds from ${least}s to 1h, e.g. 60s`
  }
}
