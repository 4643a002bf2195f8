import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, jest } from '@jest/globals'

import { dashboardObjects } from '../../scripts/lib/elk/dashboard/dashboard.ts'
import { startElasticsearch } from '../support/elastic/elasticsearch-stand-in.ts'
import { startKibana } from '../support/elastic/kibana-stand-in.ts'
import { runElk } from '../support/elastic/run-elk.ts'
import { startReceiver } from '../support/receiver.ts'

// Each case runs the script, some of them twice.
jest.setTimeout(60_000)

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function open<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const started = await starting
  closing.push(() => started.close())
  return started
}

const mark = { managed_by: 'nowcast', revision: expect.stringMatching(/^[\da-f]{12}$/) }

describe('elk.ts sets Elasticsearch up', () => {
  it('with the requests that its API documents, each before what needs it', async () => {
    const elasticsearch = await open(startElasticsearch())
    const { code, stdout, stderr } = await runElk(['--elasticsearch', elasticsearch.url])
    expect([code, stderr]).toEqual([0, ''])
    expect(elasticsearch.writes()).toEqual([
      'PUT /_ilm/policy/nowcast',
      'PUT /_ingest/pipeline/nowcast-scores',
      'PUT /_component_template/nowcast-common',
      'PUT /_component_template/nowcast-rows',
      'PUT /_component_template/nowcast-scores',
      'PUT /_component_template/nowcast-lifecycle',
      'PUT /_index_template/nowcast-rows',
      'PUT /_index_template/nowcast-scores',
      'PUT /_data_stream/metrics-nowcast.rows-default',
      'PUT /_data_stream/metrics-nowcast.scores-default',
    ])
    expect(stdout).toContain('lifecycle policy nowcast: made\n')
    expect(stdout).toContain('10 things made or changed\n')
  })

  it('so that documents are deleted after three days', async () => {
    const elasticsearch = await open(startElasticsearch())
    await runElk(['--elasticsearch', elasticsearch.url])
    expect(elasticsearch.stored('/_ilm/policy/nowcast')).toEqual({
      policy: {
        phases: {
          hot: { actions: { rollover: { max_age: '1d', max_primary_shard_size: '10gb' } } },
          delete: { min_age: '3d', actions: { delete: {} } },
        },
        _meta: mark,
      },
    })
    expect(elasticsearch.stored('/_component_template/nowcast-lifecycle')).toEqual({
      template: { settings: { lifecycle: { name: 'nowcast' } } },
      _meta: mark,
    })
    expect(elasticsearch.stored('/_index_template/nowcast-rows')).toEqual({
      index_patterns: ['metrics-nowcast.rows-*'],
      data_stream: {},
      priority: 500,
      composed_of: ['nowcast-common', 'nowcast-rows', 'nowcast-lifecycle'],
      ignore_missing_component_templates: ['nowcast-lifecycle'],
      _meta: mark,
    })
  })

  it('once: a second run changes nothing and says so', async () => {
    const elasticsearch = await open(startElasticsearch())
    const kibana = await open(startKibana())
    const args = ['--elasticsearch', elasticsearch.url, '--kibana', kibana.url]
    await runElk(args)
    const before = elasticsearch.writes()
    const { code, stdout } = await runElk(args)
    expect(code).toBe(0)
    expect(elasticsearch.writes()).toEqual(before)
    expect(kibana.imports).toHaveLength(1)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.pop()).toBe('nothing to change')
    expect(lines.filter((line) => !line.endsWith(': already so'))).toEqual([])
  })

  it('and begins new indices when a template has changed', async () => {
    const elasticsearch = await open(startElasticsearch())
    const args = ['--elasticsearch', elasticsearch.url]
    await runElk(args)
    const path = '/_component_template/nowcast-rows'
    await fetch(`${elasticsearch.url}${path}`, {
      method: 'PUT',
      body: '{"template":{},"_meta":{"revision":"of last year"}}',
    })
    const before = elasticsearch.writes().length
    const { stdout } = await runElk(args)
    expect(elasticsearch.writes().slice(before)).toEqual([
      `PUT ${path}`,
      'POST /metrics-nowcast.rows-default/_rollover?lazy=true',
      'POST /metrics-nowcast.scores-default/_rollover?lazy=true',
    ])
    expect(stdout).toContain('component template nowcast-rows: changed\n')
    expect(stdout).toContain('3 things made or changed\n')
  })

  it('without the features that a build of it lacks, and says what is lost', async () => {
    const elasticsearch = await open(startElasticsearch(['_ilm', '_data_stream']))
    const { code, stdout, stderr } = await runElk(['--elasticsearch', elasticsearch.url])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(
      'lifecycle policy nowcast: left out (this Elasticsearch has no such feature: documents are kept until somebody deletes them)\n',
    )
    expect(stdout).toContain(
      'data stream metrics-nowcast.rows-default: left out (this Elasticsearch has no such API: the first document makes it)\n',
    )
    expect(elasticsearch.stored('/_component_template/nowcast-lifecycle')).toBeUndefined()
  })

  it('not without what everything needs', async () => {
    const elasticsearch = await open(startElasticsearch(['_component_template']))
    const { code, stderr } = await runElk(['--elasticsearch', elasticsearch.url])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^component template nowcast-common: Elasticsearch answered 400: .*no handler found/,
    )
    expect(elasticsearch.stored('/_index_template/nowcast-rows')).toBeUndefined()
  })
})

describe('elk.ts imports the dashboard', () => {
  it('as one file of saved objects, over those of the same ids', async () => {
    const [elasticsearch, kibana] = [await open(startElasticsearch()), await open(startKibana())]
    const { code, stdout } = await runElk(
      ['--elasticsearch', elasticsearch.url, '--kibana', kibana.url],
      { ELASTIC_PASSWORD: 'secret' },
    )
    expect([code, kibana.imports]).toEqual([0, [dashboardObjects]])
    expect(stdout).toContain('dashboard nowcast: made\n')
    const [basic, ...others] = new Set(kibana.requests.map(({ headers }) => headers.authorization))
    expect([basic, others]).toEqual([`Basic ${btoa('elastic:secret')}`, []])
  })

  it('again when it is of another revision', async () => {
    const [elasticsearch, kibana] = [await open(startElasticsearch()), await open(startKibana())]
    const old =
      '{"type":"dashboard","id":"nowcast","attributes":{"description":"mine"},"references":[]}'
    const form = new FormData()
    form.set('file', new File([old], 'old.ndjson'))
    await fetch(`${kibana.url}/api/saved_objects/_import?overwrite=true`, {
      method: 'POST',
      headers: { 'kbn-xsrf': 'true' },
      body: form,
    })
    const { stdout } = await runElk(['--elasticsearch', elasticsearch.url, '--kibana', kibana.url])
    expect(stdout).toContain('dashboard nowcast: changed\n')
    expect(kibana.imports).toHaveLength(2)
  })

  it('once Kibana is available', async () => {
    const [elasticsearch, kibana] = [await open(startElasticsearch()), await open(startKibana())]
    kibana.starts(1)
    const { code } = await runElk(['--elasticsearch', elasticsearch.url, '--kibana', kibana.url])
    expect([code, kibana.imports.length]).toEqual([0, 1])
  })

  it('or says what Kibana refused', async () => {
    const [elasticsearch, kibana] = [await open(startElasticsearch()), await open(startKibana())]
    kibana.refuse('dashboard')
    const { code, stderr } = await runElk([
      '--elasticsearch',
      elasticsearch.url,
      '--kibana',
      kibana.url,
    ])
    expect([code, stderr]).toEqual([1, 'Kibana refused dashboard nowcast (unsupported_type)\n'])
  })
})

describe('elk.ts says what is wrong', () => {
  it('when nothing answers until the deadline', async () => {
    const { code, stderr } = await runElk([
      '--elasticsearch',
      'http://127.0.0.1:1',
      '--timeout',
      '1',
    ])
    expect([code, stderr]).toEqual([
      1,
      'Elasticsearch at http://127.0.0.1:1 is not ready after 1 s: connect ECONNREFUSED 127.0.0.1:1\n',
    ])
  })

  it('when Elasticsearch refuses the login, at once and without the password', async () => {
    const elasticsearch = await open(startReceiver())
    elasticsearch.replyWith(() => ({ status: 401, body: '{}' }))
    const folder = await mkdtemp(join(tmpdir(), 'nowcast-elk-'))
    closing.push(() => rm(folder, { recursive: true }))
    const file = join(folder, 'password')
    await writeFile(file, 'hunter2\n')
    const { code, stdout, stderr } = await runElk(['--elasticsearch', elasticsearch.url], {
      ELASTIC_PASSWORD_FILE: file,
      ELASTIC_USERNAME: 'somebody',
    })
    expect(elasticsearch.requests[0]?.headers.authorization).toBe(
      `Basic ${btoa('somebody:hunter2')}`,
    )
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      `Elasticsearch at ${elasticsearch.url} refuses the login: check ELASTIC_USERNAME and ELASTIC_PASSWORD\n`,
    ])
  })

  it('when something else answers', async () => {
    const other = await open(startReceiver())
    other.replyWith(() => ({ status: 200, body: '{}' }))
    const { code, stderr } = await runElk(['--elasticsearch', other.url])
    expect([code, stderr]).toEqual([1, `what answers at ${other.url} is not Elasticsearch\n`])
  })

  it.each([
    [[], /required option '--elasticsearch <url>' not specified/],
    [['--elasticsearch', 'localhost:9200'], /It must be an address/],
    [['--elasticsearch', 'http://elastic:secret@localhost:9200'], /belongs into ELASTIC_PASSWORD/],
    [['--elasticsearch', 'http://x', '--ca', '/nowhere'], /the file of --ca cannot be read/],
    [['--elasticsearch', 'http://x', '--timeout', '0'], /whole number/],
  ])('when it is asked for in a wrong way: %j', async (args, message) => {
    const { code, stderr } = await runElk(args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('at ')
  })
})
