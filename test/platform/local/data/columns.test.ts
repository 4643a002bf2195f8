import { describe, expect, it } from '@jest/globals'

import { chooseColumns } from '../../../../platform/local/data/columns.ts'
import type { ColumnOptions } from '../../../../platform/local/data/columns.ts'

const HOUR =
  'instant,dteday,season,yr,mnth,hr,holiday,weekday,workingday,weathersit,temp,atemp,hum,windspeed,casual,registered,cnt'

/** The columns of a header: those of the time, the target, and the features by their own names. */
function chosen(header: string, options: ColumnOptions = {}) {
  const { time, target, features } = chooseColumns(header.split(','), options)
  return [time.map(({ name }) => name), target?.name, features.map(({ feature }) => feature)]
}

describe('columns', () => {
  it.each<[string, string, ColumnOptions, unknown[]]>([
    ['a timestamp and a target', 'timestamp,a,target', {}, [['timestamp'], 'target', ['a']]],
    ['no target', 'Date,Temp', {}, [['Date'], undefined, ['Temp']]],
    ['the likelier time of two', 'date,time,a', {}, [['time'], undefined, ['date', 'a']]],
    ['another target', 'date,a,b', { target: 'a' }, [['date'], 'a', ['b']]],
    [
      'two columns of time, and some to ignore',
      HOUR,
      { time: 'dteday+hr', target: 'cnt', ignore: 'instant, casual,registered' },
      [
        ['dteday', 'hr'],
        'cnt',
        'season yr mnth holiday weekday workingday weathersit temp atemp hum windspeed'.split(' '),
      ],
    ],
    ['a name that holds a plus', 'a+b,c', { time: 'a+b' }, [['a+b'], undefined, ['c']]],
    ['spaces around names', ' date , a b ', {}, [['date'], undefined, ['a b']]],
    ['a column without a name', ',date,a', { ignore: 'column_1' }, [['date'], undefined, ['a']]],
    [
      'names that are no feature names',
      'date,temp (°C),9 am,version,__proto__,é',
      {},
      [['date'], undefined, ['temp (°C)', '9 am', 'version', '__proto__', 'é'].map(legal)],
    ],
    [
      'a target that is ignored',
      'date,target,a',
      { ignore: 'target' },
      [['date'], undefined, ['a']],
    ],
  ])('are found: %s', (_, header, options, columns) => {
    expect(chosen(header, options)).toEqual(columns)
  })

  it.each<[string, string, ColumnOptions, string]>([
    [
      'a misspelt time',
      HOUR,
      { time: 'dtedya+hr' },
      '--time: there is no column "dtedya"; did you mean "dteday"?',
    ],
    [
      'a misspelt target',
      HOUR,
      { time: 'dteday', target: 'count' },
      '--target: there is no column "count"; did you mean "cnt"?',
    ],
    [
      'an unknown column to ignore',
      'date,a',
      { ignore: 'something' },
      '--ignore: there is no column "something"; its columns: date, a',
    ],
    [
      'no time',
      'Month,Passengers',
      {},
      'no column is named timestamp, time, datetime, date_time, date, ds or ts: say which holds the time with --time <column>, or --time <date>+<hour>; its columns: Month, Passengers',
    ],
    [
      'another separator',
      'date;a;b',
      {},
      'no column is named timestamp, time, datetime, date_time, date, ds or ts: say which holds the time with --time <column>, or --time <date>+<hour>; its columns: date;a;b (separate columns by commas)',
    ],
    [
      'three columns of time',
      'a,b,c',
      { time: 'a+b+c' },
      '--time takes a column, or two as <date>+<hour>',
    ],
    ['no column of time', 'a,b,c', { time: '+' }, '--time takes a column, or two as <date>+<hour>'],
    ['a column twice', 'date,a,a', {}, 'two columns are named "a": rename one of them'],
    [
      'no header',
      '1293840000,1,2.5',
      {},
      'its first line holds numbers: put a line with the names of the columns above them',
    ],
    [
      'a target that is the time',
      'date,a',
      { target: 'date' },
      'column "date" is named by --target and by --time',
    ],
    [
      'a target to be ignored',
      'date,a',
      { target: 'a', ignore: 'a' },
      'column "a" is named by --target and by --ignore',
    ],
    [
      'nothing but the time',
      'date,a',
      { ignore: 'a' },
      'it has no column beside those of the time and those to ignore',
    ],
    [
      'two names that become one',
      'date,a.b,a:b',
      {},
      'columns "a.b" and "a:b" both become the feature "a_b": rename one of them, or name it with --ignore',
    ],
    [
      'too many features',
      ['date', ...Array.from({ length: 1_001 }, (_, index) => `f${index}`)].join(','),
      {},
      'it has 1001 columns of features, and a row takes 1000: name some with --ignore',
    ],
  ])('are refused: %s', (_, header, options, fault) => {
    expect(() => chosen(header, options)).toThrow(fault)
  })
})

/** What a name becomes, written out. */
function legal(name: string): string {
  const names: Record<string, string> = {
    'temp (°C)': 'temp __C_',
    '9 am': '_9 am',
    version: 'version_',
    ['__proto__']: '__proto___',
    é: '_',
  }
  return names[name] ?? name
}
