import { expect, it } from '@jest/globals'

import { parseLags } from '../../../../scripts/lib/cluster/lag.ts'

it("adds up the partitions of each topic in the table of Kafka's tool, and skips what has no figure", () => {
  const text = `
GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID
persist         mltest          0          100             103             3               c-1             /10.0.0.1       c
persist         mltest          1          -               5               -               -               -               -
persist         mltest          2          7               7               0               c-1             /10.0.0.1       c
score           mlrows          0          1               5               4               -               -               -

Consumer group 'predict' has no active members.
`
  expect(parseLags(text)).toEqual([
    { group: 'persist', topic: 'mltest', lag: 3 },
    { group: 'score', topic: 'mlrows', lag: 4 },
  ])
})
