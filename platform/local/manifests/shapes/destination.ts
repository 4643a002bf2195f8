import { z } from 'zod'
import { ignored } from '../fields.ts'
import type { Destination } from '../inventory.ts'
import type { Need } from '../needs.ts'
import { objectName } from './metadata.ts'

const API_VERSIONS = {
  Service: 'serving.knative.dev/v1',
  KafkaSink: 'eventing.knative.dev/v1alpha1',
}

/** A Knative Destination: what a laptop can send to. */
export const destination = z
  .strictObject({
    ref: z
      .strictObject({
        apiVersion: z.string(),
        kind: z.enum(['Service', 'KafkaSink']),
        name: objectName,
        namespace: objectName.optional(),
      })
      .superRefine(({ apiVersion, kind }, context) => {
        if (apiVersion === API_VERSIONS[kind]) return
        context.addIssue({
          code: 'custom',
          path: ['apiVersion'],
          message: `is "${apiVersion}", not the one of a ${kind}; write ${API_VERSIONS[kind]}`,
        })
      })
      .optional(),
    uri: z.string().min(1).optional(),
    CACerts: ignored('addresses on a laptop have no TLS', z.string()),
    audience: ignored('a laptop asks for no identity', z.string()),
  })
  .superRefine(({ ref, uri }, context) => {
    const message = faultOf(ref !== undefined, uri)
    if (message !== undefined) {
      context.addIssue({ code: 'custom', path: uri === undefined ? [] : ['uri'], message })
    }
  })

function faultOf(hasRef: boolean, uri: string | undefined): string | undefined {
  if (uri === undefined) return hasRef ? undefined : 'names nothing; give it ref or uri'
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(uri)
  if (hasRef) {
    return absolute ? 'is a whole address beside ref; write a path, e.g. /dead' : undefined
  }
  return /^https?:\/\//i.test(uri) && URL.canParse(uri)
    ? undefined
    : `is ${JSON.stringify(uri)}, no address; write http://… or add ref`
}

/** The destination with the namespace filled in: that of the document that names it. */
export function readDestination(
  { ref, uri }: z.output<typeof destination>,
  namespace: string,
): Destination {
  return {
    ref: ref && { kind: ref.kind, name: ref.name, namespace: ref.namespace ?? namespace },
    uri,
  }
}

/** What a destination at a path needs to be declared. */
export function needsOfDestination({ ref }: Destination, path: readonly PropertyKey[]): Need[] {
  if (ref === undefined) return []
  const { kind, ...rest } = ref
  return [{ kind: 'destination', of: kind, path: [...path, 'ref', 'name'], ...rest }]
}
