import { describe, expect, it } from '@jest/globals'
import { faultOfSchedule } from '../../../../platform/local/manifests/cron.ts'

describe('faultOfSchedule', () => {
  it.each([
    '* * * * *',
    '* * * * * *',
    '*/5 * * * *',
    '0 8-18/2 1,15 jan-jun MON',
    '0/10 30 12 ? * 0',
    '@hourly',
    '@midnight',
  ])('takes %s', (schedule) => {
    expect(faultOfSchedule(schedule)).toBeUndefined()
  })

  it.each([
    ['* * * *', 'has 4 fields'],
    ['60 * * * *', 'has "60" as its minute'],
    ['* 24 * * *', 'has "24" as its hour'],
    ['* * 0 * *', 'has "0" as its day of the month'],
    ['* * * foo *', 'has "foo" as its month'],
    ['* * * * 7', 'has "7" as its day of the week'],
    ['60 * * * * *', 'has "60" as its second'],
    ['5-1 * * * *', 'has "5-1" as its minute'],
    ['*/0 * * * *', 'has "*/0" as its minute'],
    ['1-2-3 * * * *', 'has "1-2-3" as its minute'],
    ['@every 1m', 'is @every 1m; write one of @yearly'],
    ['CRON_TZ=UTC * * * * *', 'names a time zone; write it in spec.timezone'],
  ])('refuses %s', (schedule, fault) => {
    expect(faultOfSchedule(schedule)).toContain(fault)
  })
})
