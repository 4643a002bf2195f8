import { describe, expect, it } from '@jest/globals'

import {
  javaDouble,
  javaFloat,
} from '../../../../../platform/local/parts/kafka-source/java-number.ts'

// The forms are those that java.lang.Double.toString and Float.toString document (Java 19 and later).
describe('numbers as Java writes them', () => {
  it.each([
    [1, '1.0'],
    [-0.5, '-0.5'],
    [0, '0.0'],
    [-0, '-0.0'],
    [100, '100.0'],
    [1234567, '1234567.0'],
    [9999999.5, '9999999.5'],
    [1e7, '1.0E7'],
    [12345678, '1.2345678E7'],
    [0.001, '0.001'],
    [0.00099, '9.9E-4'],
    [1e21, '1.0E21'],
    [2e-323, '2.0E-323'],
    [1.7976931348623157e308, '1.7976931348623157E308'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
  ])('writes the 64-bit %d', (value, text) => {
    expect(javaDouble(value)).toBe(text)
  })

  it.each([
    [0.1, '0.1'],
    [1, '1.0'],
    [16777216, '1.6777216E7'],
    [3.4028234663852886e38, '3.4028235E38'],
    [0, '0.0'],
    [100, '100.0'],
  ])('writes the 32-bit %d', (value, text) => {
    expect(javaFloat(Math.fround(value))).toBe(text)
  })
})
