/** A 64-bit number as Java's `Double.toString` writes it, e.g. `1.0` and `1.0E10`. */
export function javaDouble(value: number): string {
  return written(value, String(Math.abs(value)))
}

/** A 32-bit number as Java's `Float.toString` writes it: the fewest digits that name it among 32-bit numbers. */
export function javaFloat(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const text = Math.abs(value).toPrecision(digits)
    if (Math.fround(Number(text)) === Math.abs(value)) return written(value, text)
  }
  return written(value, String(Math.abs(value)))
}

/** Writes a number whose shortest digits are known, in Java's form. */
function written(value: number, shortest: string): string {
  if (!Number.isFinite(value)) return String(value)
  const sign = value < 0 || Object.is(value, -0) ? '-' : ''
  if (value === 0) return `${sign}0.0`
  const { digits, exponent } = scientific(shortest)
  if (exponent >= -3 && exponent < 7) return sign + plain(digits, exponent)
  return `${sign}${digits.slice(0, 1)}.${digits.slice(1) || '0'}E${exponent}`
}

function scientific(text: string): { digits: string; exponent: number } {
  const [mantissa = '', power = '0'] = text.split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const all = whole + fraction
  const leading = /^0*/.exec(all)?.[0].length ?? 0
  const digits = all.slice(leading).replace(/0+$/, '')
  return { digits, exponent: Number(power) + whole.length - 1 - leading }
}

function plain(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${whole}.${digits.slice(exponent + 1) || '0'}`
}
