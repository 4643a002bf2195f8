import { describe, expect, it } from '@jest/globals'
import { pingSource } from '../../../../../platform/local/manifests/kinds/ping-source.ts'
import { readKind, readOne } from '../../../../support/parse-kind.ts'

const source = (more = ''): string => `
apiVersion: sources.knative.dev/v1
kind: PingSource
metadata: { name: tick }
spec:
  sink: { ref: { apiVersion: serving.knative.dev/v1, kind: Service, name: train } }
  ${more}
`

describe('PingSource', () => {
  it('ticks every minute without data when nothing is set', () => {
    expect(readOne('PingSource', pingSource, source())).toMatchObject({
      schedule: '* * * * *',
      timezone: undefined,
      contentType: undefined,
      data: undefined,
      extensions: {},
    })
  })

  it.each([
    [`data: '{"é": 1}'`, '{"é": 1}'],
    ['dataBase64: eyJhIjogMX0=', '{"a": 1}'],
  ])('reads the bytes of %j', (more, text) => {
    const { data } = readOne(
      'PingSource',
      pingSource,
      source(`${more}\n  contentType: application/json`),
    )
    expect(new TextDecoder().decode(data)).toBe(text)
  })

  it.each(["data: ''", "dataBase64: ''", "data: ''\n  dataBase64: ''"])(
    'takes %j for no data, as Knative does',
    (more) => {
      const text = source(`${more}\n  contentType: application/json`)
      expect(readOne('PingSource', pingSource, text).data).toBeUndefined()
    },
  )

  it.each([
    [
      "schedule: '* * * *'",
      'spec.schedule has 4 fields; write five (minute hour day month weekday), or six with the second first',
    ],
    ["schedule: '@every 1m'", 'spec.schedule is @every 1m; write one of @yearly'],
    [
      'timezone: Mars/Base',
      'spec.timezone is no time zone; write an IANA name, e.g. Europe/Berlin',
    ],
    ['data: a\n  dataBase64: YQ==', 'spec.dataBase64 stands beside spec.data; keep one of them'],
    ['dataBase64: "%"', 'spec.dataBase64 is not base64; encode it'],
    [
      "data: '[1]'\n  contentType: application/json",
      'spec.data is no JSON object, as application/json wants here; write {…}',
    ],
  ])('is refused with %j', (more, message) => {
    expect(() => readKind(pingSource, source(more))).toThrow(message)
  })
})
