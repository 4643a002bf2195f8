import { z } from 'zod'
import { ignored, refused } from '../fields.ts'
import { defineKind } from '../kind.ts'
import { header } from '../shapes/api-version.ts'
import { dataKey, plainMetadata } from '../shapes/metadata.ts'

export const configMap = defineKind({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  meaning: 'settings that Services read as environment and as files',
  schema: z.strictObject({
    ...header('ConfigMap', 'v1'),
    metadata: plainMetadata,
    data: z.record(dataKey, z.string()).default({}),
    binaryData: refused('a laptop keeps text alone; move it to data'),
    immutable: ignored('a laptop reads the file again at every start', z.boolean()),
  }),
  read: ({ data }, place) => ({ manifest: { kind: 'ConfigMap', ...place, data }, needs: [] }),
})
