import { describe, expect, it } from '@jest/globals'

import { cronSchedule } from '../../../../platform/local/parts/cron-schedule.ts'

const START = Date.UTC(2026, 0, 1, 0, 0, 0, 500)

function ticks(schedule: string, timezone?: string): string[] {
  const cron = cronSchedule(schedule, timezone)
  const times: string[] = []
  for (let time: number | undefined = START; times.length < 3;) {
    time = cron.after(time)
    if (time === undefined) break
    times.push(new Date(time).toISOString().slice(0, 19))
  }
  return times
}

describe('cronSchedule', () => {
  it.each([
    ['* * * * *', ['2026-01-01T00:01:00', '2026-01-01T00:02:00', '2026-01-01T00:03:00']],
    ['*/20 * * * * *', ['2026-01-01T00:00:20', '2026-01-01T00:00:40', '2026-01-01T00:01:00']],
    ['5/20 * * * *', ['2026-01-01T00:05:00', '2026-01-01T00:25:00', '2026-01-01T00:45:00']],
    ['0 ? 1,31 jan-FEB ?', ['2026-01-01T01:00:00', '2026-01-01T02:00:00', '2026-01-01T03:00:00']],
    ['0 9 * * mon-fri', ['2026-01-01T09:00:00', '2026-01-02T09:00:00', '2026-01-05T09:00:00']],
    ['0 0 1,15 * MON', ['2026-01-05T00:00:00', '2026-01-12T00:00:00', '2026-01-15T00:00:00']],
    ['@hourly', ['2026-01-01T01:00:00', '2026-01-01T02:00:00', '2026-01-01T03:00:00']],
    ['@midnight', ['2026-01-02T00:00:00', '2026-01-03T00:00:00', '2026-01-04T00:00:00']],
    ['@yearly', ['2027-01-01T00:00:00', '2028-01-01T00:00:00', '2029-01-01T00:00:00']],
    ['*/70 0 * * *', ['2026-01-02T00:00:00', '2026-01-03T00:00:00', '2026-01-04T00:00:00']],
    ['0 0 * * thu/2', ['2026-01-03T00:00:00', '2026-01-08T00:00:00', '2026-01-10T00:00:00']],
    ['1-5/2 0 0 * * *', ['2026-01-01T00:00:01', '2026-01-01T00:00:03', '2026-01-01T00:00:05']],
    ['0 0 30 2 *', []],
  ])('knows when %s fires', (schedule, times) => {
    expect(ticks(schedule)).toEqual(times)
  })

  it('reads the schedule in its time zone, and in UTC without one', () => {
    expect(ticks('0 9 * * *', 'Asia/Kolkata')[0]).toBe('2026-01-01T03:30:00')
    expect(ticks('0 9 * * *')[0]).toBe('2026-01-01T09:00:00')
  })

  it.each([
    '@every 1s',
    '@reboot',
    '',
    '* * * *',
    '* * * * * * *',
    '60 * * * *',
    '0 0 0 * *',
    '0 0 * * 7',
    '0 0 L * *',
    '0 0 * * MON#2',
    '5-1 * * * *',
    '*/0 * * * *',
    'TZ=UTC * * * * *',
    'noon * * * *',
  ])('refuses %j, as Knative does', (schedule) => {
    expect(() => cronSchedule(schedule)).toThrow()
  })

  it('says what is wrong with a time zone', () => {
    expect(() => cronSchedule('* * * * *', 'Mars/Olympus')).toThrow(
      'timezone "Mars/Olympus" is unknown: write one like Europe/Berlin',
    )
  })
})
