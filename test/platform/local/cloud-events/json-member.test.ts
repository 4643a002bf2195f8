import { describe, expect, it } from '@jest/globals'

import { memberText } from '../../../../platform/local/cloud-events/json-member.ts'

describe('memberText', () => {
  it.each([
    ['{"data":1}', '1'],
    ['{"a":{"data":2},"data": 12345678901234567890.10 ,"b":3}', '12345678901234567890.10'],
    ['{"data":{"data":[1,{"x":"}"}],"y":"\\"{"},"a":1}', '{"data":[1,{"x":"}"}],"y":"\\"{"}'],
    ['{ "da\\u0074a" : [ 1, 2 ] }', '[ 1, 2 ]'],
    ['{"data":1,"data":"two"}', '"two"'],
    ['{"a":"data","b":["data",1]}', undefined],
    ['{"data":null}', 'null'],
    ['{"data":{}}', '{}'],
    ['{}', undefined],
  ])('finds the text of the member in %s', (json, text) => {
    expect(memberText(json, 'data')).toBe(text)
  })

  it('takes strings of a megabyte', () => {
    const long = JSON.stringify('x\\"'.repeat(400_000))
    expect(memberText(`{"data":${long},"a":1}`, 'data')).toBe(long)
  })
})
