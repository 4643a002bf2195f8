import { join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { kindSchemas } from './kind-schemas.ts'
import type { Document } from './kustomize.ts'

/** Their schemas are under licences that keep them out of this repository. */
export const SCHEMAS_ELSEWHERE = ['MongoDBCommunity', 'Elasticsearch', 'Kibana', 'Logstash']
const WHY_SKIPPED = 'its schema is not ours to keep: set NOWCAST_SHARED to a folder with crds/'

const own = fileURLToPath(new URL('../crds', import.meta.url))
const shared = env['NOWCAST_SHARED'] || undefined
const schemas = kindSchemas([...(shared === undefined ? [] : [join(shared, 'crds')]), own])

/** Why a kind is not checked here; undefined when it is. */
export function whyUnchecked(kind: string): string | undefined {
  return shared === undefined && SCHEMAS_ELSEWHERE.includes(kind) ? WHY_SKIPPED : undefined
}

/** What an API server would refuse a document for. */
export function faults(document: Document): string[] {
  const validate = schemas(`${document.apiVersion} ${document.kind}`)
  if (validate === undefined) return [`no schema of ${document.apiVersion} ${document.kind}`]
  validate(document)
  return validate.errors?.map((error) => `${error.instancePath} ${error.message}`) ?? []
}
