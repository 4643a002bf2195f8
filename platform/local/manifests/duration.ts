const NUMBER = String.raw`(\d+(?:[.,]\d+)?)`
const PATTERN = new RegExp(
  `^P(?:${NUMBER}W)?(?:${NUMBER}D)?(?:T(?:${NUMBER}H)?(?:${NUMBER}M)?(?:${NUMBER}S)?)?$`,
)
const UNITS_MS = [604_800_000n, 86_400_000n, 3_600_000n, 60_000n, 1_000n]

/**
 * Milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and seconds, exactly; undefined when the text is
 * none. Years and months have no fixed length, and nothing here is finer than a millisecond: both are refused.
 */
export function parseDurationMs(text: string): number | undefined {
  const parts = PATTERN.exec(text)?.slice(1)
  const written = parts?.filter((part) => part !== undefined) ?? []
  if (parts === undefined || written.length === 0 || text.endsWith('T')) return undefined
  if (written.slice(0, -1).some((part) => /[.,]/.test(part))) return undefined
  let total = 0n
  for (const [index, unit] of UNITS_MS.entries()) {
    const milliseconds = exactly(parts[index] ?? '0', unit)
    if (milliseconds === undefined) return undefined
    total += milliseconds
  }
  return total <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(total) : undefined
}

function exactly(number: string, unit: bigint): bigint | undefined {
  const [whole = '0', fraction = ''] = number.split(/[.,]/)
  const scale = 10n ** BigInt(fraction.length)
  const scaled = BigInt(whole + fraction) * unit
  return scaled % scale === 0n ? scaled / scale : undefined
}
