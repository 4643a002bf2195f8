#!/usr/bin/env node
/*
 * Sets Elasticsearch and Kibana up for the stream: lifecycle, ingest pipeline, templates, data streams, dashboard.
 * It may be run at any time: what is there already stays, and a second run says that there is nothing to change.
 *
 *   node scripts/elk.ts --elasticsearch https://localhost:9200 --kibana https://localhost:5601 --ca es.crt --ca kb.crt
 *
 *   --elasticsearch <url>   required
 *   --kibana <url>          without it the dashboard is left out
 *   --ca <file>             certificates (PEM) to check theirs with; may be given again
 *   --timeout <seconds>     how long to wait for each of them to answer (300)
 *   ELASTIC_PASSWORD        or ELASTIC_PASSWORD_FILE, the name of a file; ELASTIC_USERNAME unless it is elastic
 */
import process from 'node:process'
import { CommanderError } from 'commander'

import { connectElasticsearch } from './lib/elk/elasticsearch.ts'
import { ensure } from './lib/elk/ensure.ts'
import { ensureDashboard } from './lib/elk/ensure-dashboard.ts'
import { connectKibana } from './lib/elk/kibana.ts'
import { lifecycle } from './lib/elk/lifecycle.ts'
import { Report } from './lib/elk/report.ts'
import { scoresPipeline } from './lib/elk/scores-pipeline.ts'
import { readSettings } from './lib/elk/settings.ts'
import { ensureStreams } from './lib/elk/streams.ts'
import { components, lifecycleComponent, templates } from './lib/elk/templates.ts'
import { CommandFailure } from './lib/failure.ts'

const report = new Report((line) => console.log(line))

async function setUp(): Promise<void> {
  const settings = await readSettings(process.argv.slice(2), process.env)
  const elasticsearch = await connectElasticsearch(settings)
  try {
    const parts = [...components]
    const { there } = await ensure(elasticsearch, report, lifecycle)
    if (there) parts.push(lifecycleComponent)

    await ensure(elasticsearch, report, scoresPipeline)

    let written = false
    for (const definition of [...parts, ...templates]) {
      const outcome = await ensure(elasticsearch, report, definition)
      written ||= outcome.written
    }
    await ensureStreams(elasticsearch, report, written)
  } finally {
    await elasticsearch.close()
  }

  if (settings.kibana === undefined) {
    report.note('dashboard', 'left out', 'no --kibana')
  } else {
    await ensureDashboard(await connectKibana(settings.kibana, settings), report)
  }
  report.close()
}

try {
  await setUp()
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has written its sentence already.
    process.exitCode = error.exitCode === 0 ? 0 : 2
  } else if (error instanceof CommandFailure) {
    console.error(error.message)
    process.exitCode = error.exitCode
  } else {
    throw error
  }
}
