import { z } from 'zod'
import { faultOfSchedule } from '../cron.ts'
import { type Complain, defineKind } from '../kind.ts'
import { header } from '../shapes/api-version.ts'
import { base64 } from '../shapes/base64.ts'
import { destination, needsOfDestination, readDestination } from '../shapes/destination.ts'
import { eventOverrides } from '../shapes/event-overrides.ts'
import { plainMetadata, status } from '../shapes/metadata.ts'

const schedule = z.string().superRefine((text, context) => {
  const message = faultOfSchedule(text)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

const timezone = z.string().refine(isTimezone, {
  error: 'is no time zone; write an IANA name, e.g. Europe/Berlin',
})

const spec = z.strictObject({
  schedule: schedule.default('* * * * *'),
  timezone: timezone.optional(),
  contentType: z.string().min(1).optional(),
  data: z.string().optional(),
  dataBase64: base64.optional(),
  sink: destination,
  ceOverrides: eventOverrides.optional(),
})

export const pingSource = defineKind({
  kind: 'PingSource',
  apiVersion: 'sources.knative.dev/v1',
  meaning: 'an event to its sink at every tick of its schedule',
  schema: z.strictObject({
    ...header('PingSource', 'sources.knative.dev/v1'),
    metadata: plainMetadata,
    spec,
    status,
  }),
  read(document, place, complain) {
    const sink = readDestination(document.spec.sink, place.namespace)
    return {
      manifest: {
        kind: 'PingSource',
        ...place,
        schedule: document.spec.schedule,
        timezone: document.spec.timezone,
        contentType: document.spec.contentType,
        data: dataOf(document.spec, complain),
        sink,
        extensions: document.spec.ceOverrides?.extensions ?? {},
      },
      needs: needsOfDestination(sink, ['spec', 'sink']),
    }
  },
})

function dataOf(
  { contentType, data, dataBase64 }: z.output<typeof spec>,
  complain: Complain,
): Uint8Array | undefined {
  // Empty text is no data, as for Knative.
  if (data && dataBase64?.length) {
    complain(['spec', 'dataBase64'], 'spec.dataBase64 stands beside spec.data; keep one of them')
  }
  const written = data ? new TextEncoder().encode(data) : dataBase64
  const bytes = written?.length ? written : undefined
  if (bytes !== undefined && contentType === 'application/json' && !isJsonObject(bytes)) {
    const field = data ? 'data' : 'dataBase64'
    complain(
      ['spec', field],
      `spec.${field} is no JSON object, as application/json wants here; write {…}`,
    )
  }
  return bytes
}

function isJsonObject(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    // Null is an empty object to Knative's reader.
    return typeof value === 'object' && !Array.isArray(value)
  } catch {
    return false
  }
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== ''
  } catch {
    return false
  }
}
