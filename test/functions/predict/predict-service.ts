import type { Database } from '../../../functions/lib/connect.ts'
import { listen } from '../../../functions/lib/edge.ts'
import type { DeclaredModel } from '../../../functions/lib/ports/declared-models.ts'
import { inferenceRoute } from '../../../functions/predict/inference.ts'
import { openApiRoute } from '../../../functions/predict/openapi.ts'
import { restRoute } from '../../../functions/predict/rest.ts'
import { startServing } from '../../../functions/predict/serving.ts'
import { plainRequest } from '../../support/plain-request.ts'
import { openWorkbench } from '../../support/workbench.ts'
import { undocumented } from './documented.ts'

export interface Answer {
  readonly status: number | undefined
  readonly contentType: string | undefined
  readonly allow: string | undefined
  readonly body: unknown
}

/** predict's web service behind the edge, on a store of its own. */
export interface PredictService {
  readonly database: Database
  readonly facts: readonly string[]
  /** Throws when the OpenAPI document does not allow for the request or its answer. */
  ask(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>
  close(): Promise<void>
}

export async function openPredictService(
  declared: readonly DeclaredModel[],
): Promise<PredictService> {
  const bench = await openWorkbench()
  const { database } = bench
  const facts: string[] = []
  const serving = startServing(database, (_level, fact) => void facts.push(fact))
  const routes = [
    restRoute({ declared, models: database.models, serving }),
    inferenceRoute({ declared, serving }),
    openApiRoute,
  ]
  const served = {
    port: 0,
    host: '127.0.0.1',
    onEvent: async () => {},
    routes,
    close: () => bench.close(),
  }
  const listening = await listen('predict-test', served, () => {})
  const address = listening.server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return {
    database,
    facts,
    async ask(method, path, body = '', contentType = 'application/json') {
      const sent = typeof body === 'string' ? body : JSON.stringify(body)
      const headers = { 'content-type': contentType }
      const {
        status,
        headers: said,
        text,
      } = await plainRequest(port, { method, path, headers }, sent)
      const read: unknown = text === '' ? undefined : JSON.parse(text)
      const answer = {
        status,
        contentType: said['content-type'],
        allow: said['allow'],
        body: read,
      }
      const faults = undocumented({ method, path, contentType, body: sent }, answer)
      if (faults.length > 0) throw new Error(`${method} ${path}: ${faults.join('; ')}`)
      return answer
    },
    async close() {
      listening.server.closeAllConnections()
      await listening.drained()
    },
  }
}
