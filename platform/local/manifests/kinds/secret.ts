import { z } from 'zod'
import { ignored } from '../fields.ts'
import { defineKind } from '../kind.ts'
import { header } from '../shapes/api-version.ts'
import { base64 } from '../shapes/base64.ts'
import { dataKey, plainMetadata } from '../shapes/metadata.ts'

const text = base64.transform((bytes, context) => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    context.issues.push({
      code: 'custom',
      input: bytes,
      message: 'holds bytes; a laptop keeps text alone',
    })
    return z.NEVER
  }
})

export const secret = defineKind({
  kind: 'Secret',
  apiVersion: 'v1',
  meaning: 'secrets that Services read as environment and as files',
  schema: z.strictObject({
    ...header('Secret', 'v1'),
    metadata: plainMetadata,
    data: z.record(dataKey, text).default({}),
    stringData: z.record(dataKey, z.string()).default({}),
    type: ignored('nothing here asks for a type', z.string()),
    immutable: ignored('a laptop reads the file again at every start', z.boolean()),
  }),
  read: ({ data, stringData }, place) => ({
    manifest: { kind: 'Secret', ...place, data: { ...data, ...stringData } },
    needs: [],
  }),
})
